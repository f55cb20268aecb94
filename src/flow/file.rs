//! The flow file's shape, as editors are told it by `schemas/flow.schema.json`.
//!
//! Flows are read by [`graph::parse`](crate::graph::parse), which knows where
//! everything stands; this is the same shape for those who write flows.

use serde::Serialize;
use serde_json::{Map, Value as Json};

/// A flow: Blockly's workspace with a name. A bare workspace is accepted as well.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FlowFile {
    /// The address of this schema.
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<FlowOptions>,
    /// Blockly's JSON serialization of the workspace.
    pub workspace: Map<String, Json>,
}

/// Options of a workspace that Blockly doesn't save in it.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct FlowOptions {
    /// Whether items are counted from 1; true when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_based_index: Option<bool>,
}
