//! Counters for a monitoring system, as Prometheus' text format has them.
//!
//! Source of the format: Prometheus, "Exposition formats", version 0.0.4.

use super::door::Door;
use super::endpoint::{Access, Endpoint};
use super::problem::Problem;
use crate::deliver::{BUCKETS_MS, BreakerState, Reading};
use crate::store::{Lane, QueueDepth};
use axum::extract::State;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use std::fmt::Write;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/metrics", Access::Operator, metrics, "metrics")
            .about("Counters of deliveries, in the text format of Prometheus.")
            .answers_text(200, "text/plain", "A counter a line."),
    ]
}

async fn metrics(State(door): State<Door>) -> Result<Response, Problem> {
    let depth = door.app.store().queue_depth(door.app.now()).await?;
    let text = written(&door.app.provider_readings(), &depth, door.app.messages_running());
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(CONTENT_TYPE, media_type)], text).into_response())
}

/// Writes a metric's name, kind and meaning.
fn head(text: &mut String, name: &str, kind: &str, about: &str) {
    let _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} {kind}");
}

fn written(readings: &[Reading], depth: &QueueDepth, running: usize) -> String {
    let mut text = String::new();
    let name = "blockcast_sends_total";
    head(&mut text, name, "counter", "Answers of providers by what they meant for the device.");
    for reading in readings {
        for (kind, count) in &reading.outcomes {
            let (provider, kind) = (reading.provider, kind.name());
            let labels = format!("provider=\"{provider}\",outcome=\"{kind}\"");
            let _ = writeln!(text, "{name}{{{labels}}} {count}");
        }
    }
    let name = "blockcast_send_seconds";
    head(&mut text, name, "histogram", "Time from a send to the provider's answer.");
    for reading in readings {
        latency(&mut text, name, reading);
    }
    let name = "blockcast_provider_up";
    head(&mut text, name, "gauge", "1 while a provider is used, 0 while its breaker is open.");
    for reading in readings {
        let up = u8::from(reading.breaker == BreakerState::Closed);
        let _ = writeln!(text, "{name}{{provider=\"{}\"}} {up}", reading.provider);
    }
    let name = "blockcast_messages_due";
    head(&mut text, name, "gauge", "Messages whose time has come and that aren't done.");
    for (lane, count) in &depth.due {
        let lane = match lane {
            Lane::Named => "named",
            Lane::Audience => "audience",
            Lane::Broad => "broadcast",
        };
        let _ = writeln!(text, "{name}{{lane=\"{lane}\"}} {count}");
    }
    let name = "blockcast_messages_running";
    head(&mut text, name, "gauge", "Messages that are being sent now.");
    let _ = writeln!(text, "{name} {running}");
    let name = "blockcast_devices_waiting";
    head(&mut text, name, "gauge", "Devices that wait for another attempt.");
    let _ = writeln!(text, "{name} {}", depth.devices_waiting);
    text
}

fn latency(text: &mut String, name: &str, reading: &Reading) {
    let provider = reading.provider;
    let mut below = 0;
    for (place, count) in reading.latency.iter().enumerate() {
        below += count;
        let bound = match BUCKETS_MS.get(place) {
            // Milliseconds as seconds, exactly.
            Some(ms) => format!("{}.{:03}", ms / 1_000, ms % 1_000),
            None => "+Inf".to_owned(),
        };
        let _ = writeln!(text, "{name}_bucket{{provider=\"{provider}\",le=\"{bound}\"}} {below}");
    }
    let (seconds, rest) = (reading.elapsed_us / 1_000_000, reading.elapsed_us % 1_000_000);
    let _ = writeln!(text, "{name}_sum{{provider=\"{provider}\"}} {seconds}.{rest:06}");
    let _ = writeln!(text, "{name}_count{{provider=\"{provider}\"}} {below}");
}
