//! blockcast runs block flows and publishes push notifications.
//!
//! Data runs one straight way, and the modules below stand in that order:
//! definitions and a workspace become a graph, the graph a program, the program
//! runs on a machine, and what it publishes goes through the pipeline to phones.

pub mod clock;
pub mod config;
pub mod diag;
pub mod id;
pub mod limits;
pub mod model;
pub mod number;
pub mod source;

pub mod block;
pub mod graph;
pub mod program;
pub mod vm;

pub mod bus;
pub mod deliver;
pub mod publish;
pub mod store;

pub mod app;
pub mod cli;
pub mod flow;
pub mod server;
