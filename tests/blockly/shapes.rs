//! What the choices in a block's dropdowns make of it: its sockets, and the mutation that
//! Blockly writes down beside them.

use super::oracle::{Described, Input};
use serde_json::{Map, Value as Json, json};

/// The sockets that a block has with these fields, and its `extraState` (null for none).
pub(super) fn shape(block: &Described, fields: &Map<String, Json>) -> (Vec<Input>, Json) {
    let chosen = |name: &str| fields.get(name).and_then(Json::as_str).unwrap_or_default();
    let counted = |name: &str| matches!(chosen(name), "FROM_START" | "FROM_END");
    let mut sockets = block.inputs.clone();
    let mut state = Json::Null;
    match block.kind.as_str() {
        "lists_getIndex" | "lists_setIndex" | "text_charAt" => {
            sockets.retain(|socket| socket.name != "AT" || counted("WHERE"));
        }
        "lists_getSublist" | "text_getSubstring" => {
            sockets.retain(|socket| match socket.name.as_str() {
                "AT1" => counted("WHERE1"),
                "AT2" => counted("WHERE2"),
                _ => true,
            });
        }
        "lists_split" => {
            if chosen("MODE") == "JOIN" {
                sockets[0].check = Some(vec!["Array".into()]);
            }
            state = json!({"mode": chosen("MODE")});
        }
        "math_number_property" if chosen("PROPERTY") == "DIVISIBLE_BY" => {
            sockets.push(Input::value("DIVISOR".into(), Some("Number")));
            state = json!("<mutation divisor_input=\"true\"></mutation>");
        }
        "math_on_list" => state = json!(format!("<mutation op=\"{}\"></mutation>", chosen("OP"))),
        "text_prompt" | "text_prompt_ext" => {
            state = json!(format!("<mutation type=\"{}\"></mutation>", chosen("TYPE")));
        }
        _ => {}
    }
    (sockets, state)
}
