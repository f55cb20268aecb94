//! Random requests to the `h2` crate's server, in random pieces; and random bytes.

use super::script::{Play, frame, settings};
use super::server::{Client, Manner, serve};
use crate::deliver::http2::Broken;
use bytes::Bytes;
use futures_util::future::join_all;
use h2::Reason;
use h2::server::SendResponse;
use http::{HeaderMap, Response};
use proptest::prelude::*;

/// What becomes of a request, by its number.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Answered { pieces: usize, trailers: bool },
    Refused,
    Reset,
}

fn fate(number: usize) -> Fate {
    match number % 11 {
        3 => Fate::Refused,
        7 => Fate::Reset,
        kind => Fate::Answered { pieces: number % 4, trailers: kind == 5 },
    }
}

/// The body of an answer: which request it is for, and its body in pieces.
fn answer(number: usize, body: &[u8]) -> Vec<Bytes> {
    let Fate::Answered { pieces, .. } = fate(number) else { return Vec::new() };
    let whole = [number.to_string().as_bytes(), b": ", body].concat();
    let size = whole.len().div_ceil(pieces.max(1));
    let parts = whole.chunks(size).map(Bytes::copy_from_slice);
    if pieces == 0 { Vec::new() } else { parts.collect() }
}

async fn reply(number: usize, body: Vec<u8>, mut respond: SendResponse<Bytes>) {
    for _ in 0..number % 7 {
        tokio::task::yield_now().await;
    }
    let trailers = match fate(number) {
        Fate::Refused => return respond.send_reset(Reason::REFUSED_STREAM),
        Fate::Reset => return respond.send_reset(Reason::INTERNAL_ERROR),
        Fate::Answered { trailers, .. } => trailers,
    };
    let parts = answer(number, &body);
    let head = Response::builder().status(200 + u16::try_from(number).unwrap() % 200);
    let head = head.header("x-same", "for all").header("x-own", number.to_string());
    let head = head.header("retry-after", number.to_string()).body(()).unwrap();
    let end = parts.is_empty() && !trailers;
    // Any of these fails when the client has given up.
    let Ok(mut stream) = respond.send_response(head, end) else { return };
    for (part, left) in parts.iter().zip((0..parts.len()).rev()) {
        let _ = stream.send_data(part.clone(), left == 0 && !trailers);
        tokio::task::yield_now().await;
    }
    if trailers {
        let _ = stream.send_trailers(HeaderMap::from_iter([(
            "x-end".parse().unwrap(),
            "1".parse().unwrap(),
        )]));
    }
}

async fn exchange(manner: Manner, pipe: usize, bodies: Vec<usize>, dropped: Vec<usize>) {
    let (ours, theirs) = tokio::io::duplex(pipe);
    let server = tokio::spawn(serve(theirs, manner, reply));
    let client = Client::over(ours);
    let all = bodies.iter().enumerate().map(|(number, length)| {
        let (client, dropped) = (&client, &dropped);
        async move {
            let body: Vec<u8> =
                (0..*length).map(|at| b'a' + u8::try_from((at + number) % 26).unwrap()).collect();
            let exchange = client.begin(&number.to_string(), &body).await;
            if dropped.contains(&number) {
                return;
            }
            match (exchange.await, fate(number)) {
                (Ok(got), Fate::Answered { .. }) => {
                    assert_eq!(usize::from(got.status.as_u16()), 200 + number % 200);
                    assert_eq!(got.headers["retry-after"], number.to_string().as_str());
                    assert_eq!(got.body, answer(number, &body).concat());
                }
                (Err(Broken::Unprocessed(_)), Fate::Refused)
                | (Err(Broken::Lost(_)), Fate::Reset) => {}
                (got, fate) => panic!("{number} should be {fate:?} and is {got:?}"),
            }
        }
    });
    join_all(all).await;
    assert_eq!(client.line.lock().open, 0);
    client.line.close();
    assert_eq!(client.driver.await.unwrap(), "it was given up");
    server.await.unwrap().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_request_gets_its_own_answer(
        streams in 1_u32..40,
        window in prop_oneof![200_u32..2_000, Just(65_535)],
        frame in prop_oneof![Just(16_384_u32), Just(70_000)],
        table in prop_oneof![Just(0_u32), 1_u32..300, Just(4_096)],
        pipe in prop_oneof![1_usize..100, 100_usize..40_000],
        bodies in prop::collection::vec(prop_oneof![0_usize..300, 0_usize..20_000], 1..40),
        dropped in prop::collection::vec(0_usize..40, 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let manner = Manner { streams, window, frame, table };
        runtime.block_on(exchange(manner, pipe, bodies, dropped));
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(
        begun in 0_usize..4,
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..20),
    ) {
        let mut play = Play::with(begun);
        let mut waiting = Vec::new();
        for piece in pieces {
            waiting.extend_from_slice(&piece);
            let Ok(taken) = play.connection.receive(&waiting) else { break };
            waiting.drain(..taken);
        }
        play.connection.cut("cut");
        prop_assert_eq!(play.connection.open, 0);
    }

    #[test]
    fn random_frames_never_panic(
        begun in 0_usize..4,
        frames in prop::collection::vec(
            (0_u8..11, any::<u8>(), 0_u32..9, prop::collection::vec(any::<u8>(), 0..40)), 1..60
        ),
    ) {
        let mut play = Play::with(begun);
        play.connection.receive(&settings(&[(3, 5)])).unwrap();
        for (kind, flags, stream, payload) in frames {
            play.begin(&payload);
            if play.connection.receive(&frame(kind, flags, stream, &payload)).is_err() {
                break;
            }
            let open = play.connection.streams.values().filter(|stream| stream.is_open()).count();
            prop_assert_eq!(play.connection.open, open);
        }
        play.outcomes();
        play.connection.cut("cut");
        prop_assert_eq!(play.connection.open, 0);
    }
}
