//! Whether what a flow answers to an HTTP request can be sent. The same in a dry run, a
//! replay and for real; sending it is the server's.

use crate::diag::{Sentence, say};
use crate::limits;
use crate::vm::{Answer, Response};

/// Headers that only the server sets: those that would act on other pages of its origin,
/// and those that frame the answer.
const RESERVED: [&str; 14] = [
    "clear-site-data",
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "keep-alive",
    "service-worker-allowed",
    "set-cookie",
    "strict-transport-security",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-content-type-options",
    "x-request-id",
];

/// What a *respond* block gets for its answer.
pub(crate) fn respond_answer(response: &Response) -> Answer {
    let refused = |message: Sentence| Answer::Refused { code: "http-header".into(), message };
    for (name, value) in &response.headers {
        if RESERVED.contains(&name.as_str()) {
            return refused(say!(
                "the header `{name}` is set by the server alone; leave it out",
                name
            ));
        }
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            return refused(say!(
                "`{name}` is no header's name; use letters, digits and `-`",
                name
            ));
        }
        if !value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f)) {
            let message =
                say!("the header `{name}` has a line end in it; send it in the body", name);
            return refused(message);
        }
    }
    let bytes = match &response.body {
        serde_json::Value::String(text) => text.len(),
        other => other.to_string().len(),
    };
    if bytes > limits::RESPONSE_BYTES_MAX {
        let most = limits::RESPONSE_BYTES_MAX;
        let message =
            say!("the answer has {bytes} bytes, more than {most}; send a link", bytes, most);
        return Answer::Refused { code: "response-too-large".into(), message };
    }
    Answer::Done
}

#[cfg(test)]
mod tests {
    use super::respond_answer;
    use crate::vm::{Answer, Response};

    #[test]
    fn an_answer_can_act_on_nothing_but_itself() {
        let answer = |name: &str, value: &str| {
            let headers = [(name.to_owned(), value.to_owned())].into_iter().collect();
            respond_answer(&Response { status: 200, headers, body: "x".into() })
        };
        assert_eq!(answer("content-type", "text/csv"), Answer::Done);
        for (name, value) in
            [("set-cookie", "a=b"), ("x y", "1"), ("", "1"), ("x-a", "1\r\nset-cookie: a=b")]
        {
            assert!(answer(name, value).is_refused(), "{name}: {value}");
        }
    }
}
