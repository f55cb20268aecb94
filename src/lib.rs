//! blockcast runs block flows and publishes push notifications.
//!
//! Data runs one straight way, and the modules below stand in that order:
//! definitions and a workspace become a graph, the graph a program, the program
//! runs on a machine, and what it publishes goes through the pipeline to phones.

pub mod app;
pub mod bus;
pub mod cli;
pub mod clock;
pub mod config;
pub mod deliver;
pub mod diag;
pub mod id;
pub mod limits;
pub mod model;
pub mod publish;
pub mod server;
pub mod store;
pub mod vm;
