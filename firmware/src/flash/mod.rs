//! Records on NOR flash.
