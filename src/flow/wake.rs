//! Bringing the engine's own code into memory before the first flow needs it: a page that is
//! touched for the first time costs as much as a thousand instructions.

use super::blocks::BlockSet;
use super::event::Event;
use super::open::open;
use super::run::{RunLimits, run};
use super::world::World;
use crate::vm::{self, Answer, Effect, Status};
use std::pin::pin;
use std::task::{Context, Waker};

/// Asks, decides, counts, joins texts, prints and publishes, as most flows do.
const FLOW: &str = r#"{"blocks": {"blocks": [{
  "type": "variables_set", "fields": {"VAR": {"id": "who"}},
  "inputs": {"VALUE": {"block": {"type": "text_prompt_ext", "fields": {"TYPE": "TEXT"},
    "inputs": {"TEXT": {"block": {"type": "text", "fields": {"TEXT": "who?"}}}}}}},
  "next": {"block": {"type": "variables_set", "fields": {"VAR": {"id": "all"}},
  "inputs": {"VALUE": {"block": {"type": "lists_create_with", "extraState": {"itemCount": 2},
    "inputs": {"ADD0": {"block": {"type": "variables_get", "fields": {"VAR": {"id": "who"}}}},
               "ADD1": {"block": {"type": "math_number", "fields": {"NUM": 2}}}}}}},
  "next": {"block": {"type": "controls_if", "extraState": {"hasElse": true},
  "inputs": {"IF0": {"block": {"type": "logic_compare", "fields": {"OP": "GT"},
      "inputs": {"A": {"block": {"type": "lists_length",
                   "inputs": {"VALUE": {"block": {"type": "variables_get",
                     "fields": {"VAR": {"id": "all"}}}}}}},
                 "B": {"block": {"type": "math_number", "fields": {"NUM": 1}}}}}},
    "DO0": {"block": {"type": "text_print", "inputs": {"TEXT": {"block": {"type": "text_join",
      "extraState": {"itemCount": 3},
      "inputs": {"ADD0": {"block": {"type": "text", "fields": {"TEXT": "Good morning, "}}},
                 "ADD1": {"block": {"type": "variables_get", "fields": {"VAR": {"id": "who"}}}},
                 "ADD2": {"block": {"type": "math_number", "fields": {"NUM": 1.5}}}}}}}}}},
  "next": {"block": {"type": "messaging_publish_push",
  "inputs": {"CHANNEL": {"block": {"type": "text", "fields": {"TEXT": "default"}}},
             "MESSAGE": {"block": {"type": "variables_get", "fields": {"VAR": {"id": "all"}}}}}
  }}}}}}}]}}"#;

const EVENT: &[u8] = br#"{"answers": {"who?": "you"}}"#;

/// Reads, checks, compiles and runs a small flow, and compiles another to machine code. Nothing
/// is sent; it takes some milliseconds.
pub fn wake(blocks: &BlockSet) {
    vm::wake();
    let Ok(flow) = open(blocks, FLOW.into(), None) else { return };
    let (event, mut world) = (Event::read(EVENT).unwrap_or_default(), Nobody);
    // Nobody waits for anything, so that the run ends at once.
    let _ = pin!(run(&flow, &event, RunLimits::default(), &mut world))
        .poll(&mut Context::from_waker(Waker::noop()));
}

/// An outside that does nothing.
struct Nobody;

impl World for Nobody {
    async fn perform(&mut self, effect: &Effect) -> Answer {
        match effect {
            Effect::Random | Effect::Now => Answer::Number(0.0),
            Effect::Respond(_) => Answer::Done,
            Effect::Publish { .. }
            | Effect::PushTemplate { .. }
            | Effect::MessageStatus { .. }
            | Effect::CancelMessage { .. } => Answer::Status(Box::new(Status {
                message_id: None,
                status: "SCHEDULED".into(),
                error_message: None,
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flow_runs_to_its_end() {
        let (blocks, _) = BlockSet::load(&[]);
        let flow = open(&blocks, FLOW.into(), None).expect("it is sound");
        assert!(flow.warnings.is_empty(), "{:?}", flow.warnings);
        let (event, mut world) = (Event::read(EVENT).expect("it is one"), Nobody);
        let run = pin!(run(&flow, &event, RunLimits::default(), &mut world));
        let std::task::Poll::Ready(report) = run.poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("it waits for something")
        };
        assert_eq!(report.error, None);
        assert_eq!(report.prints[0].text, "Good morning, you1.5");
        assert_eq!(report.publishes.len(), 1);
    }
}
