mod language;
mod precedence;
mod reference;
mod registry;
