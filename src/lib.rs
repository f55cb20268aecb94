//! blockcast runs block flows and publishes push notifications.
//!
//! Data runs one straight way, and the modules below stand in that order:
//!
//! 1. [`block`] reads definitions; [`graph::parse`] reads a workspace and says what is
//!    wrong with it; [`program::compile`] makes instructions of it.
//! 2. [`vm::Machine`] runs them and stops wherever it needs the outside;
//!    [`flow::run`] drives it, and [`replay`] does so from files.
//! 3. [`publish::Publisher`] keeps what a flow (or a client) publishes;
//!    [`deliver::Engine`] brings it to devices, and to those who listen in [`realtime`];
//!    [`store`] holds all of it.
//! 4. [`app::App`] joins these; [`server`] and [`cli`] are the doors.
//!
//! ARCHITECTURE.md has the map, and what each room deliberately doesn't know.

pub mod clock;
pub mod condition;
pub mod diag;
pub mod id;
pub mod language;
pub mod limits;
pub mod number;
pub mod smart;
pub mod source;

pub mod config;
pub mod model;

pub mod block;
pub mod reference;

pub mod graph;
pub mod program;
pub mod vm;

pub mod plugin;
pub mod script;

pub mod access;
pub mod bus;
pub mod deliver;
pub mod publish;
pub mod realtime;
pub mod store;
pub mod template;

pub mod flow;
pub mod replay;

pub mod simulate;

pub mod app;
pub mod automation;
pub mod cli;
pub mod server;
