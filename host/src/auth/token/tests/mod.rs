mod create;
mod lifetime;
mod revoke;
mod root;
