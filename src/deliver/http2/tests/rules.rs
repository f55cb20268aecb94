//! Each rule of RFC 9113 that a client has to keep, and each that it holds its peer to.

use super::script::{
    ACK, END, END_HEADERS, PADDED, PRIORITY, Play, data, frame, go_away, headers, literal, ok,
    reset, settings, spoken, window,
};
use crate::deliver::http2::frame::kind;
use crate::limits;

/// With two requests on their way, streams 1 and 3: what a peer says, and what comes of it.
#[test]
fn what_a_peer_may_say() {
    #[rustfmt::skip]
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("an answer without a body", ok(3), "3: 200"),
        ("one with a body in pieces", [headers(1, 0, b"\x8c"), data(1, 0, b"a"), data(1, END, b"b")].concat(), "1: 400 `ab`"),
        ("an empty end", [headers(1, 0, b"\x88"), data(1, END, b"")].concat(), "1: 200"),
        ("answers in any order", [headers(3, 0, b"\x88"), ok(1), data(3, END, b"x")].concat(), "1: 200; 3: 200 `x`"),
        ("headers that somebody reads", headers(1, END, &[b"\x8e".to_vec(), literal("retry-after", "7"), literal("server", "s"), literal("location", "/l")].concat()), "1: 500 retry-after=7 location=/l"),
        ("informational answers before", [headers(1, 0, &literal(":status", "103")), ok(1)].concat(), "1: 200"),
        ("trailers", [headers(1, 0, b"\x88"), data(1, 0, b"a"), headers(1, END, &literal("x", "y"))].concat(), "1: 200 `a`"),
        ("a block in pieces", [frame(kind::HEADERS, END, 1, b""), frame(kind::CONTINUATION, 0, 1, b"\x88"), frame(kind::CONTINUATION, END_HEADERS, 1, &literal("a", "b"))].concat(), "1: 200"),
        ("padding and a priority", [frame(kind::HEADERS, END_HEADERS | PADDED | PRIORITY, 1, b"\x02\0\0\0\0\0\x88..") , frame(kind::DATA, PADDED | END, 1, b"\x03ab...")].concat(), "1: 200 `ab`"),
        ("nothing but padding", [headers(1, 0, b"\x88"), frame(kind::DATA, PADDED | END, 1, b"\x02..")].concat(), "1: 200"),
        ("PING", frame(kind::PING, 0, 0, b"\0\0\0\0\0\0\0\x2a"), "PING ack 2a"),
        ("PRIORITY", frame(kind::PRIORITY, 0, 9, b"\0\0\0\0\x10"), ""),
        ("a frame of no known kind", frame(0xfa, 0xff, 77, b"whatever"), ""),
        ("an unknown setting", settings(&[(0x99, 7)]), "SETTINGS ack"),
        ("a stream that is refused", reset(1, 7), "1: unprocessed, it reset the stream: REFUSED_STREAM"),
        ("a stream that is reset", reset(1, 2), "1: lost, it reset the stream: INTERNAL_ERROR"),
        ("reset with an unknown code", reset(1, 99), "1: lost, it reset the stream: error 99"),
        ("reset after its answer", [ok(1), reset(1, 0)].concat(), "1: 200"),
        ("going away without the second", go_away(1, 0, ""), "3: unprocessed, it goes away: NO_ERROR"),
        ("going away, all are served", [go_away(3, 0, ""), ok(1), ok(3)].concat(), "1: 200; 3: 200"),
        ("going away in two steps", [go_away(0x7fff_ffff, 0, ""), go_away(1, 0, "")].concat(), "3: unprocessed, it goes away: NO_ERROR"),
        ("going away, with a reason", go_away(0, 1, r#"{"reason":"Shutdown"}"#), "1: unprocessed, it goes away: PROTOCOL_ERROR {\"reason\":\"Shutdown\"}; 3: unprocessed, it goes away: PROTOCOL_ERROR {\"reason\":\"Shutdown\"}"),
        ("having had too much", go_away(1, 11, ""), "3: unwelcome, it goes away: ENHANCE_YOUR_CALM"),
        ("a window update for what is over", [ok(1), window(1, 5)].concat(), "1: 200"),
        ("a body for what is over", [ok(1), data(1, END, b"late")].concat(), "1: 200"),
    ];
    for (name, frames, outcome) in cases {
        assert_eq!(Play::with(2).hear(frames), *outcome, "{name}");
        // The same a byte at a time, as far as it takes them.
        let mut play = Play::with(2);
        let mut waiting = Vec::new();
        for byte in frames {
            waiting.push(*byte);
            let taken = play.connection.receive(&waiting).unwrap();
            waiting.drain(..taken);
        }
        let told: Vec<_> = play.outcomes().into_iter().chain(spoken(&play.take_out())).collect();
        assert_eq!(told.join("; "), *outcome, "{name}, in pieces");
    }
}

/// What is wrong with one answer ends its stream, and nothing else.
#[test]
fn what_is_wrong_with_one_answer() {
    let many = [b"\x88".to_vec(), literal("x", &"y".repeat(120)).repeat(120)].concat();
    #[rustfmt::skip]
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("no status", headers(1, END, &literal("a", "b")), "its answer has no status"),
        ("a status of letters", headers(1, END, &literal(":status", "abc")), "its answer's status is none"),
        ("two", headers(1, END, b"\x88\x88"), "its answer's status is out of place"),
        ("a late one", headers(1, END, &[literal("a", "b"), b"\x88".to_vec()].concat()), "its answer's status is out of place"),
        ("another pseudo-header", headers(1, END, b"\x88\x84"), "its answer has a header that can't be"),
        ("a name without letters", headers(1, END, &[b"\x88".to_vec(), literal("", "b")].concat()), "its answer has a header that can't be"),
        ("a name in upper case", headers(1, END, &[b"\x88".to_vec(), literal("A", "b")].concat()), "its answer has a header in upper case"),
        ("101", headers(1, 0, &literal(":status", "101")), "its answer says no more than 1xx"),
        ("nothing after 103", headers(1, END, &literal(":status", "103")), "its answer says no more than 1xx"),
        ("a second head", [headers(1, 0, b"\x88"), ok(1)].concat(), "its answer has two heads"),
        ("trailers before the end", [headers(1, 0, b"\x88"), headers(1, 0, &literal("a", "b"))].concat(), "its answer has two heads"),
        ("a body before its head", data(1, END, b"a"), "its answer has a body before its head"),
        ("shorter than it says", headers(1, END, &[b"\x88".to_vec(), literal("content-length", "1")].concat()), "its answer isn't as long as it says"),
        ("a length of letters", headers(1, END, &[b"\x88".to_vec(), literal("content-length", "a")].concat()), "its answer's length is no number"),
        ("too many headers", headers(1, END, &many), "its answer has too many headers"),
        ("a window that grows by nothing", window(1, 0), "a window grows by nothing"),
    ];
    for (name, frames, wrong) in cases {
        let outcome = format!("1: lost, {wrong}; RST_STREAM 1 PROTOCOL_ERROR");
        let mut play = Play::with(2);
        assert_eq!(play.hear(frames), outcome, "{name}");
        assert_eq!(play.hear(&ok(3)), "3: 200", "{name}: the others go on");
    }
    let wide = window(1, 0x7fff_ffff);
    let outcome = "1: lost, its window is too large; RST_STREAM 1 FLOW_CONTROL_ERROR";
    assert_eq!(Play::with(2).hear(&wide), outcome);
}

/// What may not be ends the connection.
#[test]
fn what_a_peer_may_not_say() {
    let long = [
        frame(kind::HEADERS, 0, 1, b""),
        frame(kind::CONTINUATION, 0, 1, &[b'x'; 16_384]).repeat(3),
    ]
    .concat();
    #[rustfmt::skip]
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("a frame that is too long", vec![0, 0x40, 1, 0, 0, 0, 0, 0, 1], "FRAME_SIZE_ERROR"),
        ("a push", frame(kind::PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\x02\x88"), "PROTOCOL_ERROR"),
        ("DATA for no stream", data(0, 0, b"a"), "PROTOCOL_ERROR"),
        ("DATA for a stream of its own", data(2, 0, b"a"), "PROTOCOL_ERROR"),
        ("DATA for one that wasn't opened", data(5, 0, b"a"), "PROTOCOL_ERROR"),
        ("more padding than bytes", frame(kind::DATA, PADDED, 1, b"\x03ab"), "PROTOCOL_ERROR"),
        ("padding without a length", frame(kind::DATA, PADDED, 1, b""), "FRAME_SIZE_ERROR"),
        ("HEADERS for no stream", headers(0, 0, b"\x88"), "PROTOCOL_ERROR"),
        ("HEADERS for one that wasn't opened", ok(5), "PROTOCOL_ERROR"),
        ("half a priority in HEADERS", frame(kind::HEADERS, END_HEADERS | PRIORITY, 1, b"\0\0"), "FRAME_SIZE_ERROR"),
        ("a block that can't be read", headers(1, END, b"\xff\xff"), "COMPRESSION_ERROR"),
        ("CONTINUATION of nothing", frame(kind::CONTINUATION, END_HEADERS, 1, b"\x88"), "PROTOCOL_ERROR"),
        ("CONTINUATION of another stream", [frame(kind::HEADERS, 0, 1, b""), frame(kind::CONTINUATION, END_HEADERS, 3, b"\x88")].concat(), "PROTOCOL_ERROR"),
        ("something within a block", [frame(kind::HEADERS, 0, 1, b""), frame(kind::PING, 0, 0, &[0; 8])].concat(), "PROTOCOL_ERROR"),
        ("a block without an end", long, "ENHANCE_YOUR_CALM"),
        ("one of empty pieces", [frame(kind::HEADERS, 0, 1, b""), frame(kind::CONTINUATION, 0, 1, b"").repeat(20)].concat(), "ENHANCE_YOUR_CALM"),
        ("a short RST_STREAM", frame(kind::RST_STREAM, 0, 1, b"\0\0\0"), "FRAME_SIZE_ERROR"),
        ("RST_STREAM for no stream", reset(0, 0), "PROTOCOL_ERROR"),
        ("RST_STREAM for one that wasn't opened", reset(5, 0), "PROTOCOL_ERROR"),
        ("SETTINGS of a stream", frame(kind::SETTINGS, 0, 1, b""), "PROTOCOL_ERROR"),
        ("half a setting", frame(kind::SETTINGS, 0, 0, b"\0\0\0"), "FRAME_SIZE_ERROR"),
        ("an acknowledgement with something in it", frame(kind::SETTINGS, ACK, 0, &[0; 6]), "FRAME_SIZE_ERROR"),
        ("enabling push", settings(&[(2, 1)]), "PROTOCOL_ERROR"),
        ("a window that is too large", settings(&[(4, 0x8000_0000)]), "FLOW_CONTROL_ERROR"),
        ("frames that are too small", settings(&[(5, 16_383)]), "PROTOCOL_ERROR"),
        ("frames that are too large", settings(&[(5, 1 << 24)]), "PROTOCOL_ERROR"),
        ("a setting that makes a window too large", [window(1, 0x7fff_0000), settings(&[(4, 70_000)])].concat(), "FLOW_CONTROL_ERROR"),
        ("a short PING", frame(kind::PING, 0, 0, &[0; 7]), "FRAME_SIZE_ERROR"),
        ("PING of a stream", frame(kind::PING, 0, 1, &[0; 8]), "PROTOCOL_ERROR"),
        ("a short GOAWAY", frame(kind::GOAWAY, 0, 0, &[0; 7]), "FRAME_SIZE_ERROR"),
        ("GOAWAY of a stream", frame(kind::GOAWAY, 0, 1, &[0; 8]), "PROTOCOL_ERROR"),
        ("a short WINDOW_UPDATE", frame(kind::WINDOW_UPDATE, 0, 0, &[0; 3]), "FRAME_SIZE_ERROR"),
        ("the connection's window, by nothing", window(0, 0), "PROTOCOL_ERROR"),
        ("the connection's window, too large", window(0, 0x7fff_ffff), "FLOW_CONTROL_ERROR"),
        ("a window of one that wasn't opened", window(5, 1), "PROTOCOL_ERROR"),
        ("PRIORITY of another size", frame(kind::PRIORITY, 0, 1, &[0; 4]), "FRAME_SIZE_ERROR"),
        ("PRIORITY of no stream", frame(kind::PRIORITY, 0, 0, &[0; 5]), "PROTOCOL_ERROR"),
    ];
    for (name, frames, code) in cases {
        let said = Play::with(2).hear(frames);
        assert!(said.ends_with(&format!("GOAWAY {code}")), "{name}: {said}");
        // They had left, so nobody knows.
        assert!(said.contains("3: lost, "), "{name}: {said}");
    }
    for first in [frame(kind::PING, 0, 0, &[0; 8]), frame(kind::SETTINGS, ACK, 0, b"")] {
        assert_eq!(Play::new().hear(&first), "GOAWAY PROTOCOL_ERROR");
    }
}

#[test]
fn floods_end_the_connection() {
    let enough = usize::try_from(limits::LINE_IDLE_FRAMES).unwrap() + 1;
    for (name, one) in [
        ("PING", frame(kind::PING, 0, 0, &[0; 8])),
        ("SETTINGS", settings(&[])),
        ("acknowledgements", frame(kind::SETTINGS, ACK, 0, b"")),
        ("resets of what is over", [ok(1), reset(1, 8)].concat()),
        ("unknown frames", frame(99, 0, 0, b"")),
        ("empty frames", [headers(1, 0, b"\x88"), data(1, 0, b"")].concat()),
        ("bodies of what is over", [ok(1), data(1, 0, b"a")].concat()),
        ("informational answers", headers(1, 0, &literal(":status", "103"))),
        ("windows", window(0, 1)),
        ("GOAWAY", go_away(1, 0, "")),
    ] {
        // The first part once, what is repeated after it.
        let mut play = Play::with(1);
        let first = one.len() - repeated(&one);
        play.hear(&one[..first]);
        let said = play.hear(&one[first..].repeat(enough));
        assert!(said.ends_with("GOAWAY ENHANCE_YOUR_CALM"), "{name}");
        // Looked at now and then, as many are no flood.
        let mut play = Play::with(1);
        play.hear(&one[..first]);
        for _ in 0..2 {
            let said = play.hear(&one[first..].repeat(enough / 2));
            assert!(!said.contains("GOAWAY"), "{name}");
            play.connection.look();
        }
    }
}

/// Bytes of the last frame.
fn repeated(frames: &[u8]) -> usize {
    let mut rest = frames;
    loop {
        let head = crate::deliver::http2::frame::Head::read(rest).unwrap();
        let length = 9 + head.length;
        if length == rest.len() {
            return length;
        }
        rest = &rest[length..];
    }
}

#[test]
fn a_peers_windows_are_kept_to() {
    let mut play = Play::new();
    // 10 bytes a stream; frames of the least size.
    play.hear(&settings(&[(4, 10)]));
    assert!(play.begin(b"0123456789abcdef"));
    assert_eq!(spoken(&play.take_out()), ["HEADERS 1 5", "DATA 1 10"]);
    assert_eq!(play.hear(&window(1, 4)), "DATA 1 4");
    // A smaller window may be below nothing for streams that are open.
    assert_eq!(play.hear(&settings(&[(4, 8)])), "SETTINGS ack");
    assert_eq!(play.hear(&window(1, 2)), "");
    assert_eq!(play.hear(&settings(&[(4, 9)])), "DATA 1 1; SETTINGS ack");
    assert_eq!(play.hear(&settings(&[(4, 10)])), "DATA 1 1 END; SETTINGS ack");
    assert_eq!(play.hear(&ok(1)), "1: 200");
    // The connection's window is for all of them, the oldest first.
    let mut play = Play::new();
    play.hear(&settings(&[(4, 1 << 20), (5, 20_000)]));
    assert!(play.begin(&vec![0; 60_000]) && play.begin(&[0; 6_000]) && play.begin(b"abc"));
    assert_eq!(
        spoken(&play.take_out()),
        [
            "HEADERS 1 5",
            "DATA 1 20000",
            "DATA 1 20000",
            "DATA 1 20000 END",
            "HEADERS 3 5",
            "DATA 3 5535",
            "HEADERS 5 5",
        ]
    );
    assert_eq!(play.hear(&window(0, 466)), "DATA 3 465 END; DATA 5 1");
    // An answer before its request's end needs no more of it.
    assert_eq!(play.hear(&ok(5)), "5: 200; RST_STREAM 5 CANCEL");
    assert_eq!(play.hear(&window(0, 100)), "");
}

#[test]
fn a_peers_other_settings_are_kept_to() {
    let mut play = Play::new();
    assert!(!play.begin(b"early"), "nothing is sent before they are known");
    play.hear(&settings(&[(3, 1)]));
    assert!(play.begin(b"a") && !play.begin(b"b"), "one stream");
    assert_eq!(play.hear(&settings(&[(3, 3)])).split("; ").last(), Some("SETTINGS ack"));
    assert!(play.begin(b"b") && play.begin(b"c") && !play.begin(b"d"), "three");
    play.hear(&settings(&[(3, 1)]));
    assert_eq!(play.hear(&ok(1)), "1: 200");
    assert!(!play.begin(b"d"), "two are more than one");
    play.hear(&[ok(3), ok(5)].concat());
    assert!(play.begin(b"d"));
    play.take_out();
    // A smaller table of headers: the next block says so first.
    play.hear(&[settings(&[(1, 0), (3, 9)]), ok(7)].concat());
    assert!(play.begin(b"e"));
    let out = play.take_out();
    assert_eq!(out[9], 0x20, "the table's size, 0");
}

#[test]
fn a_long_head_is_continued() {
    let mut play = Play::with(0);
    let path = vec![b'p'; 40_000];
    let request =
        crate::deliver::http2::Request { path: &[&path], shared: &[], own: None, body: &[b"b"] };
    play.connection.begin(&request, std::task::Waker::noop()).unwrap();
    assert_eq!(
        spoken(&play.take_out()),
        ["HEADERS 1 16384", "CONTINUATION 1 16384", "CONTINUATION 1 7237", "DATA 1 1 END"]
    );
}

#[test]
fn what_comes_in_is_allowed_again() {
    let mut play = Play::with(2);
    let mut said = play.hear(&headers(1, 0, b"\x88"));
    for _ in 0..16 {
        said.push_str(&play.hear(&data(1, 0, &[b'x'; 16_384])));
    }
    assert_eq!(said, "WINDOW_UPDATE 1 49152".repeat(5));
    let outcome = play.hear(&data(1, END, b"x"));
    let kept = "x".repeat(limits::ANSWER_BYTES_MAX);
    assert_eq!(outcome, format!("1: 200 `{kept}`"), "more isn't kept");
}

#[test]
fn what_had_not_left_was_not_processed() {
    let mut play = Play::with(1);
    assert!(play.begin(b"second"));
    let mut out = Vec::new();
    play.connection.take_out(&mut out, std::task::Waker::noop());
    // All but its last byte.
    play.connection.written += out.len() as u64 - 1;
    assert!(play.begin(b"third"));
    play.connection.cut("cut");
    assert_eq!(play.outcomes(), ["1: lost, cut", "3: unprocessed, cut", "5: unprocessed, cut"]);
}

#[test]
fn nobody_waits_for_ever() {
    let mut play = Play::with(2);
    play.hear(&ok(1));
    for _ in 0..limits::ANSWER_MS / limits::LINE_LOOK_MS {
        play.connection.look();
        assert_eq!(play.hear(b""), "");
    }
    play.connection.look();
    assert_eq!(play.hear(b""), "3: lost, no answer within 12000 ms; RST_STREAM 3 CANCEL");
    assert_eq!(play.connection.open, 0);
}

#[test]
fn who_gives_up_says_so() {
    let mut play = Play::with(2);
    play.cancel(1);
    assert_eq!(spoken(&play.take_out()), ["RST_STREAM 1 CANCEL"]);
    assert_eq!(play.connection.open, 1);
    assert_eq!(
        play.hear(&[headers(1, 0, b"\x88"), data(1, END, b"late"), ok(3)].concat()),
        "3: 200"
    );
    // After its answer there is nothing to say.
    let mut play = Play::with(1);
    play.connection.receive(&ok(1)).unwrap();
    play.cancel(1);
    assert_eq!(spoken(&play.take_out()), [""; 0]);
}
