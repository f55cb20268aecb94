//! The client against scripted peers, and against the `h2` crate's server.

mod driver;
mod random;
mod rules;
mod script;
mod server;
