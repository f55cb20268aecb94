//! Loads a server and prints one JSON object with what was measured. It shares the machine
//! with the server, so it does as little as it can: one thread, bare sockets, requests and
//! frames written and read as bytes.
//!
//! - `load post URL BODY CONNECTIONS SECONDS`: one request after another on each connection;
//!   `{n}` in the body becomes a number that is never the same.
//! - `load listen URL BODY SUBSCRIBERS MESSAGES`: websocket subscribers of the channel that URL
//!   publishes to, and what each got.
//! - `load schedule URL MESSAGES SECONDS RATE`: messages for later, and how late each came,
//!   while RATE others are published a second.

mod figures;
mod http;
mod listen;
mod post;
mod schedule;
mod websocket;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let number = |text: &str| text.parse::<u64>().expect("a whole number");
    let measured = match *words.as_slice() {
        ["post", url, body, connections, seconds] => {
            runtime.block_on(post::run(url, body, number(connections), number(seconds)))
        }
        ["listen", url, body, subscribers, messages] => {
            runtime.block_on(listen::run(url, body, number(subscribers), number(messages)))
        }
        ["schedule", url, messages, seconds, rate] => {
            runtime.block_on(schedule::run(url, number(messages), number(seconds), number(rate)))
        }
        _ => {
            eprintln!("usage: load post|listen|schedule URL ...; see src/main.rs");
            std::process::exit(2);
        }
    };
    match measured {
        Ok(figures) => println!("{figures}"),
        Err(error) => {
            eprintln!("load: {error}");
            std::process::exit(1);
        }
    }
}
