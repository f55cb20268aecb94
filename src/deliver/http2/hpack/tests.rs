//! The examples of RFC 7541, appendix C; blocks that can't be; and that what we write is read.

use super::{Decoder, Encoder, Fields, Keep};
use http::HeaderValue;
use proptest::prelude::*;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// A block's fields, `name: value`, one a line.
fn read(decoder: &mut Decoder, block: &[u8]) -> Result<String, &'static str> {
    let mut fields = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    decoder
        .read(block, |name, value| fields.push(format!("{}: {}", text(name), text(value))))
        .map_err(|unreadable| unreadable.0)?;
    Ok(fields.join("\n"))
}

/// C.3 and C.4, C.5 and C.6: the same headers as they are, and in Huffman's code. What follows
/// is the size of the table after each.
const REQUESTS: [(&str, &str, &str, usize); 3] = [
    (
        "828684410f7777772e6578616d706c652e636f6d",
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com",
        57,
    ),
    (
        "828684be58086e6f2d6361636865",
        "828684be5886a8eb10649cbf",
        ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n\
         cache-control: no-cache",
        110,
    ),
    (
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
        ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\n\
         custom-key: custom-value",
        164,
    ),
];
/// The first changes the table's size to the 256 bytes that the examples have.
const ANSWERS: [(&str, &str, usize); 3] = [
    (
        "3fe101 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad17\
         1863c78f0b97c8e9ae82ae43d3",
        ":status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n\
         location: https://www.example.com",
        222,
    ),
    (
        "4883640effc1c0bf",
        ":status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n\
         location: https://www.example.com",
        222,
    ),
    (
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335df\
         dfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
        ":status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\n\
         location: https://www.example.com\ncontent-encoding: gzip\n\
         set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
        215,
    ),
];

#[test]
fn the_examples_of_the_standard_are_read() {
    let (mut plain, mut coded) = (Decoder::new(), Decoder::new());
    for (block, huffman, fields, size) in REQUESTS {
        assert_eq!(read(&mut plain, &bytes(block)), Ok(fields.to_owned()));
        assert_eq!(read(&mut coded, &bytes(huffman)), Ok(fields.to_owned()));
        assert_eq!((plain.table().contents().0, coded.table().contents().0), (size, size));
    }
    let mut decoder = Decoder::new();
    for (block, fields, size) in ANSWERS {
        assert_eq!(read(&mut decoder, &bytes(block)), Ok(fields.to_owned()));
        assert_eq!(decoder.table().contents().0, size);
    }
    for (block, fields, kept) in [
        ("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key: custom-header", 1),
        ("040c2f73616d706c652f70617468", ":path: /sample/path", 0),
        ("100870617373776f726406736563726574", "password: secret", 0),
        ("82", ":method: GET", 0),
    ] {
        let mut decoder = Decoder::new();
        assert_eq!(read(&mut decoder, &bytes(block)), Ok(fields.to_owned()));
        assert_eq!(decoder.table().contents().1.len(), kept);
    }
}

#[test]
fn what_can_not_be_is_refused() {
    for (block, error) in [
        ("80", "a header isn't in the table"),
        ("be", "a header isn't in the table"),
        ("7e", "a name isn't in the table"),
        ("ff", "a number isn't whole"),
        ("ff80", "a number isn't whole"),
        ("ffffffffff7f", "a number is too long"),
        ("ffffffff7f", "a number is too large"),
        ("8220", "the table's size is changed as it may not be"),
        ("3fe21f", "the table's size is changed as it may not be"),
        ("000561", "a text is longer than its block"),
        ("0001", "a text is longer than its block"),
        // The word for the end, a word without its end, and padding that isn't all ones or is
        // longer than it may be.
        ("00016184ffffffff", "a text in Huffman's code ends in the middle"),
        ("00016181fe", "a text in Huffman's code ends in the middle"),
        ("0001618118", "a text in Huffman's code ends in the middle"),
        ("000161821fff", "a text in Huffman's code ends in the middle"),
    ] {
        assert_eq!(read(&mut Decoder::new(), &bytes(block)), Err(error), "{block}");
    }
}

fn fields(keep: Keep, fields: &[(&str, &str)]) -> Fields {
    let values: Vec<_> =
        fields.iter().map(|(_, value)| HeaderValue::from_str(value).unwrap()).collect();
    Fields::new(keep, fields.iter().map(|(name, _)| *name).zip(&values))
}

/// Both ends of a connection.
struct Ends(Encoder, Decoder);

impl Ends {
    /// What is read, and the length of the block.
    fn pass(&mut self, shared: &[&Fields]) -> (String, usize) {
        let mut block = Vec::new();
        self.0.begin(&mut block);
        Encoder::own(&mut block, ":path", &[b"/3/device/", b"token"]);
        for fields in shared {
            self.0.shared(&mut block, fields);
        }
        Encoder::own(&mut block, "id", &[b"1"]);
        (read(&mut self.1, &block).unwrap(), block.len())
    }
}

/// `:path` and `id`, which are written for each request.
const OWN: usize = 17 + 6;

#[test]
fn what_requests_share_is_written_once() {
    let head = fields(Keep::AtOnce, &[(":method", "POST"), ("authorization", &"t".repeat(900))]);
    let message = fields(Keep::WhenRepeated, &[("apns-topic", "app"), ("apns-priority", "5")]);
    let whole = format!(
        ":path: /3/device/token\n:method: POST\nauthorization: {}\napns-topic: app\n\
         apns-priority: 5\nid: 1",
        "t".repeat(900)
    );
    let mut ends = Ends(Encoder::new(), Decoder::new());
    // At first all is written; what is of one message is put into the table when it comes again.
    for (length, kept) in [(OWN + 938, 1), (OWN + 35, 3), (OWN + 4, 3), (OWN + 4, 3)] {
        let (read, written) = ends.pass(&[&head, &message]);
        assert_eq!((read, written), (whole.clone(), length));
        assert_eq!(ends.1.table().contents().1.len(), kept);
    }
    // Another message's header has another place in the table then.
    let other = fields(Keep::WhenRepeated, &[("apns-topic", "app"), ("apns-priority", "10")]);
    for _ in 0..3 {
        assert!(ends.pass(&[&head, &other]).0.ends_with("apns-priority: 10\nid: 1"));
        assert_eq!(ends.pass(&[&head, &message]).0, whole);
    }
}

#[test]
fn a_smaller_table_is_kept_to() {
    let head = fields(Keep::AtOnce, &[("authorization", &"t".repeat(60)), ("x", "1")]);
    let whole = format!(":path: /3/device/token\nauthorization: {}\nx: 1\nid: 1", "t".repeat(60));
    let mut ends = Ends(Encoder::new(), Decoder::new());
    for (sizes, kept) in [
        (&[][..], 2),
        // 105 bytes are too much of 120, and 34 fit.
        (&[120][..], 1),
        (&[0][..], 0),
        (&[0, 1 << 20][..], 2),
    ] {
        for size in sizes {
            ends.0.resize(*size);
        }
        for _ in 0..3 {
            assert_eq!(ends.pass(&[&head]).0, whole);
            assert_eq!(ends.1.table().contents().1.len(), kept, "{sizes:?}");
        }
    }
}

proptest! {
    #[test]
    fn random_blocks_are_read_or_refused(
        blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..8)
    ) {
        let mut decoder = Decoder::new();
        for block in blocks {
            let _ = read(&mut decoder, &block);
            prop_assert!(decoder.table().contents().0 <= 4_096);
        }
    }

    #[test]
    fn what_is_written_is_read(
        rounds in prop::collection::vec((0_usize..6, 0_usize..6, prop::option::of(0_usize..5_000)), 1..60)
    ) {
        let groups: Vec<Fields> = (0..6)
            .map(|number| {
                let keep = if number < 2 { Keep::AtOnce } else { Keep::WhenRepeated };
                let long = "v".repeat(number * 300 + 1);
                fields(keep, &[("name", &long), ("x-name", &number.to_string()), ("via", "a")])
            })
            .collect();
        let mut ends = Ends(Encoder::new(), Decoder::new());
        for (first, second, size) in rounds {
            if let Some(size) = size {
                ends.0.resize(size);
            }
            let expected: Vec<String> = [first, second]
                .map(|number| {
                    format!("name: {}\nx-name: {number}\nvia: a", "v".repeat(number * 300 + 1))
                })
                .to_vec();
            let whole =
                format!(":path: /3/device/token\n{}\n{}\nid: 1", expected[0], expected[1]);
            prop_assert_eq!(ends.pass(&[&groups[first], &groups[second]]).0, whole);
            let (ours, theirs) = (ends.0.table().contents(), ends.1.table().contents());
            prop_assert_eq!(ours, theirs);
        }
    }
}
