//! Stored flows beyond single requests: traces that fit together, runs told again, a killed
//! server, and the commands `emit` and `link`.

use crate::harness::server::{APP, Folder, Server, TOKEN, block_on, client, eventually};
use crate::harness::{blockcast, root};
use flate2::read::GzDecoder;
use libtest_mimic::{Failed, Trial};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Map, Value, json};
use std::io::Read;
use std::path::Path;
use std::process::Output;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("automation/a_trace_tells_every_variable_at_every_step", || {
            block_on(whole_trace())
        }),
        Trial::test("automation/a_long_run_is_sampled_over_its_whole_length", || {
            block_on(sampled_trace())
        }),
        Trial::test("automation/a_recorded_run_is_told_as_it_was", || block_on(told_again())),
        Trial::test("automation/a_kill_loses_no_saved_flow", || block_on(killed_while_saving())),
        Trial::test("automation/a_run_that_a_kill_ends_is_interrupted", || {
            block_on(killed_while_running())
        }),
        Trial::test("automation/a_workspace_of_any_depth_is_kept", || block_on(deep())),
        Trial::test("automation/a_live_flow_whose_blocks_are_gone_says_so", || {
            block_on(blocks_gone())
        }),
        Trial::test("automation/the_palette_is_compressed_for_whoever_reads_that", || {
            block_on(palette())
        }),
        Trial::test("automation/emit_and_link_reach_the_running_server", || block_on(commands())),
    ]
}

/// A server, and somebody who may do everything there.
struct Operator {
    client: Client,
    url: String,
}

impl Operator {
    fn new(server: &Server) -> Result<Self, Failed> {
        Ok(Self { client: client()?, url: format!("{}/api/v1/apps/{APP}", server.url) })
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), Failed> {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let mut request = request.bearer_auth(TOKEN).header("if-match", "*");
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        Ok((status, serde_json::from_str(&response.text().await?).unwrap_or_default()))
    }

    async fn good(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failed> {
        let (status, answer) = self.ask(method, path, body).await?;
        if !status.is_success() {
            return Err(format!("{path} answered {status}: {answer}").into());
        }
        Ok(answer)
    }

    /// Makes a flow and makes it live; gives its id.
    async fn live(&self, source: &Value) -> Result<String, Failed> {
        let flow = json!({"name": "Live", "source": source});
        let flow = self.good(Method::POST, "/flows", Some(&flow)).await?;
        let id = flow["id"].as_str().ok_or("no id")?.to_owned();
        self.good(Method::POST, &format!("/flows/{id}/live"), Some(&json!({}))).await?;
        Ok(id)
    }

    /// What a dry run of a flow comes to.
    async fn run(&self, source: &Value) -> Result<Value, Failed> {
        self.good(Method::POST, "/flows/run", Some(&json!({ "source": source }))).await
    }
}

/// A flow that counts `n` up to a number, one at a time.
fn counting(times: u64) -> Value {
    json!({"workspace": {
        "blocks": {"languageVersion": 0, "blocks": [{
            "type": "controls_repeat", "id": "loop", "fields": {"TIMES": times},
            "inputs": {"DO": {"block": {
                "type": "math_change", "id": "count", "fields": {"VAR": {"id": "n"}},
                "inputs": {"DELTA": {"block":
                    {"type": "math_number", "id": "one", "fields": {"NUM": 1}}}},
            }}},
        }]},
        "variables": [{"name": "n", "id": "n"}],
    }})
}

fn on(event: &str, below: &Value) -> Value {
    json!({"workspace": {"blocks": {"languageVersion": 0, "blocks": [
        {"type": "trigger_event", "id": "hat", "fields": {"NAME": event}, "next": {"block": below}}
    ]}}})
}

async fn whole_trace() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let answer = Operator::new(&server)?.run(&counting(1_000)).await?;
    let trace = &answer["trace"];
    let steps = trace["steps"].as_array().ok_or("no steps")?;
    if trace["sampled"] != false || steps.len() < 2_000 {
        return Err(format!("{} steps of a whole trace", steps.len()).into());
    }
    // Forwards through all changes, every keyframe is what was reached.
    let mut variables = Map::new();
    let keyframes = trace["keyframes"].as_array().ok_or("no keyframes")?;
    let mut keyframes = keyframes.iter().peekable();
    for (number, step) in steps.iter().enumerate() {
        if let Some(keyframe) = keyframes.next_if(|keyframe| keyframe["step"] == number) {
            let kept = keyframe["variables"].as_object().ok_or("no variables")?;
            if number == 0 {
                variables.clone_from(kept);
            }
            if *kept != variables {
                return Err(format!("step {number}: {kept:?} is not {variables:?}").into());
            }
        }
        variables.extend(step["set"].as_object().cloned().unwrap_or_default());
    }
    if keyframes.peek().is_some() || variables["n"] != "1000" {
        return Err(format!("it ends with {variables:?}").into());
    }
    Ok(())
}

async fn sampled_trace() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let answer = Operator::new(&server)?.run(&counting(100_000)).await?;
    let trace = &answer["trace"];
    let steps = trace["steps"].as_array().ok_or("no steps")?;
    let at: Vec<u64> = steps.iter().filter_map(|step| step["at"].as_u64()).collect();
    let end = answer["steps"].as_u64().ok_or("no end")?;
    let gaps = at.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let widest = gaps.max().unwrap_or(u64::MAX);
    if trace["sampled"] != true || !(1_000..=10_000).contains(&steps.len()) {
        return Err(format!("{} steps, sampled: {}", steps.len(), trace["sampled"]).into());
    }
    if !at.is_sorted() || widest > end / 500 || at.last().is_none_or(|last| end - last > widest) {
        return Err(format!("up to {widest} of {end} instructions are left out at once").into());
    }
    let last = steps.iter().rev().find_map(|step| step["set"]["n"].as_str());
    if last != Some("100000") {
        return Err(format!("n ends as {last:?}").into());
    }
    Ok(())
}

async fn told_again() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let operator = Operator::new(&server)?;
    let chance = json!({"type": "math_random_float", "id": "chance"});
    let print = json!({"type": "text_print", "id": "say", "inputs": {"TEXT": {"block": chance}}});
    operator.live(&on("dice", &print)).await?;
    let begun = operator.good(Method::POST, "/events/dice", Some(&json!({}))).await?;
    let path = format!("/runs/{}", begun["runs"][0].as_str().ok_or("no run")?);
    eventually("the run is over", || async {
        Ok(operator.good(Method::GET, &path, None).await?["outcome"] == "completed")
    })
    .await?;
    let run = operator.good(Method::GET, &path, None).await?;
    let printed = &run["report"]["prints"][0]["text"];
    let told = operator.good(Method::GET, &format!("{path}/trace"), None).await?;
    let steps = told["trace"]["steps"].as_array().ok_or("no steps")?;
    let said = steps.iter().find(|step| step["block"] == "say").ok_or("it isn't told")?;
    if !printed.is_string() || said["in"]["TEXT"] != *printed {
        return Err(format!("{printed} was printed, and {said} is told").into());
    }
    Ok(())
}

async fn killed_while_saving() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let mut acknowledged = (String::new(), 0);
    for round in 0..3 {
        let server = Server::start(folder.path(), &[])?;
        let operator = Operator::new(&server)?;
        if round == 0 {
            let flow = json!({"name": "Kept", "source": counting(0)});
            let made = operator.good(Method::POST, "/flows", Some(&flow)).await?;
            made["id"].as_str().ok_or("no id")?.clone_into(&mut acknowledged.0);
        }
        let path = format!("/flows/{}", acknowledged.0);
        let kept = operator.good(Method::GET, &path, None).await?;
        let times = &kept["source"]["workspace"]["blocks"]["blocks"][0]["fields"]["TIMES"];
        if times.as_u64().is_none_or(|times| times < acknowledged.1) {
            return Err(format!("{times} is kept, {} was acknowledged", acknowledged.1).into());
        }
        let (first, enough) = (acknowledged.1 + 1, acknowledged.1 + 20);
        let saving = async {
            for times in first.. {
                let body = json!({"source": counting(times)});
                let saved = operator.good(Method::PUT, &path, Some(&body)).await;
                if saved.is_err() {
                    return times - 1;
                }
                if times == enough {
                    // In the middle of what is saved next.
                    let id = server.id().to_string();
                    let _ = std::process::Command::new("kill").args(["-KILL", &id]).status();
                }
            }
            first
        };
        acknowledged.1 = saving.await;
        server.kill()?;
        if acknowledged.1 < enough {
            return Err("the server ended by itself".into());
        }
    }
    Ok(())
}

async fn killed_while_running() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let operator = Operator::new(&server)?;
    let endless = json!({"type": "controls_whileUntil", "id": "loop", "fields": {"MODE": "WHILE"},
        "inputs": {"BOOL": {"block":
            {"type": "logic_compare", "id": "so", "fields": {"OP": "EQ"}, "inputs": {
                "A": {"block": {"type": "trigger_data", "id": "d"}},
                "B": {"block": {"type": "trigger_data", "id": "e"}}}}}}});
    operator.live(&on("endless", &endless)).await?;
    let begun = operator.good(Method::POST, "/events/endless", Some(&json!({}))).await?;
    let path = format!("/runs/{}", begun["runs"][0].as_str().ok_or("no run")?);
    server.kill()?;
    let server = Server::start(folder.path(), &[])?;
    let operator = Operator::new(&server)?;
    let run = operator.good(Method::GET, &path, None).await?;
    let (status, refused) = operator.ask(Method::GET, &format!("{path}/trace"), None).await?;
    if run["outcome"] != "interrupted" || status != 409 || refused["code"] != 90_095 {
        return Err(format!("{run}; its trace: {status} {refused}").into());
    }
    Ok(())
}

async fn deep() -> Result<(), Failed> {
    const BLOCKS: usize = 2_000;
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let operator = Operator::new(&server)?;
    let mut text = String::from(r#"{"workspace":{"blocks":{"languageVersion":0,"blocks":["#);
    for number in 0..BLOCKS {
        let link = if number > 0 { r#","next":{"block":"# } else { "" };
        text += link;
        text += r#"{"type":"text_print","id":"b"#;
        text += &number.to_string();
        text += "\"";
    }
    text += &"}".repeat(BLOCKS * 2 - 1);
    text += "]}}}";
    let body = format!(r#"{{"name":"Deep","source":{text}}}"#);
    let made = operator.client.post(format!("{}/flows", operator.url)).bearer_auth(TOKEN);
    let made = made.body(body).send().await?;
    let (status, answer) = (made.status(), made.text().await?);
    if status != 201 || !answer.contains(&text) {
        return Err(format!("it answered {status}: {answer:.200}").into());
    }
    let run = format!(r#"{{"source":{text},"trace":false}}"#);
    let ran = operator.client.post(format!("{}/flows/run", operator.url)).bearer_auth(TOKEN);
    let ran: Value = serde_json::from_str(&ran.body(run).send().await?.text().await?)?;
    if ran["prints"].as_array().is_none_or(|prints| prints.len() != BLOCKS) {
        return Err(format!("it ran as {:.200}", ran.to_string()).into());
    }
    Ok(())
}

async fn blocks_gone() -> Result<(), Failed> {
    let data = Folder::new()?;
    let server = Server::start_with_blocks(data.path(), &root().join("tests/blocks"))?;
    let below = json!({"type": "text_print", "inputs": {"TEXT": {"block":
        {"type": "loyalty_points", "id": "points", "inputs": {"ORDERS": {"block":
            {"type": "lists_create_empty", "id": "none"}}}}}}});
    let id = Operator::new(&server)?.live(&on("ordered", &below)).await?;
    server.kill()?;

    let server = Server::start(data.path(), &[])?;
    let operator = Operator::new(&server)?;
    let listed = operator.good(Method::GET, "/flows", None).await?;
    let shown = operator.good(Method::GET, &format!("/flows/{id}"), None).await?;
    for live in [&listed["items"][0]["live"], &shown["live"]] {
        let problem = &live["problems"][0];
        if problem["code"] != "unknown-block" || problem["block"] != "points" {
            return Err(format!("the missing block isn't told: {live}").into());
        }
    }
    // A flow that is off isn't expected to run, and one that has its blocks is not complained of.
    let off = operator.good(Method::POST, &format!("/flows/{id}/disable"), None).await?;
    let good = operator.live(&on("paid", &json!({"type": "text_print", "id": "print"}))).await?;
    let good = operator.good(Method::GET, &format!("/flows/{good}"), None).await?;
    for live in [&off["live"], &good["live"]] {
        if live["version"] != 1 || !live["problems"].is_null() {
            return Err(format!("a problem too many: {live}").into());
        }
    }
    Ok(())
}

async fn palette() -> Result<(), Failed> {
    let data = Folder::new()?;
    let server = Server::start(data.path(), &[])?;
    let ask = |encoding: &'static str| {
        let request = client().map(|client| client.get(format!("{}/api/blocks", server.url)));
        request.map(|request| request.header("accept-encoding", encoding))
    };
    let plain = ask("identity")?.send().await?;
    let small = ask("br, gzip")?.send().await?;
    let tags = [plain.headers()["etag"].clone(), small.headers()["etag"].clone()];
    if small.headers()["content-encoding"] != "gzip" || tags[0] == tags[1] {
        return Err(format!("not told apart: {:?}", small.headers()).into());
    }
    let (plain, small) = (plain.bytes().await?, small.bytes().await?);
    let mut read = Vec::new();
    GzDecoder::new(&small[..]).read_to_end(&mut read)?;
    if read != plain || small.len() * 4 > plain.len() {
        return Err(format!("{} bytes became {}", plain.len(), small.len()).into());
    }
    let german = ask("gzip")?.header("accept-language", "de-AT, en;q=0.5").send().await?;
    let vary = &german.headers()["vary"];
    if german.headers()["content-language"] != "de" || vary != "accept-encoding, accept-language" {
        return Err(format!("languages aren't told apart: {:?}", german.headers()).into());
    }
    let mut words = String::new();
    GzDecoder::new(&german.bytes().await?[..]).read_to_string(&mut words)?;
    if !words.contains("\"label\":\"Auslöser\"") || !words.contains("wenn Ereignis %1 eintrifft") {
        return Err(format!("that is no German: {}", &words[..400]).into());
    }
    for (encoding, tag) in [("identity", &tags[0]), ("gzip", &tags[1])] {
        let known = ask(encoding)?.header("if-none-match", tag).send().await?;
        if known.status() != StatusCode::NOT_MODIFIED {
            return Err(format!("{encoding} was sent again: {}", known.status()).into());
        }
    }
    Ok(())
}

async fn commands() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let operator = Operator::new(&server)?;
    let echo = json!({"type": "trigger_result", "id": "answer",
        "inputs": {"VALUE": {"block": {"type": "trigger_data", "id": "data"}}}});
    operator.live(&on("echo", &echo)).await?;
    let printed = run(folder.path(), &["emit", "echo", "--data", r#"{"a":1}"#, "--folder"])?;
    expect(&printed, 0, r#"{"a":1}"#)?;
    let printed = run(folder.path(), &["emit", "echo", "--no-wait", "--folder"])?;
    expect(&printed, 0, "{}")?;
    let printed = run(folder.path(), &["emit", "nobody", "--folder"])?;
    expect(&printed, 1, "no live flow waits for the event `nobody`")?;
    let printed = run(folder.path(), &["emit", "echo", "--data", "[1]", "--folder"])?;
    expect(&printed, 2, "--data is no JSON object")?;
    let printed = run(folder.path(), &["link", "--token", TOKEN, "--data"])?;
    expect(&printed, 0, &format!("{}/#sign-in=", server.url))?;
    let link = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
    let token = link.split('=').next_back().ok_or("no token")?;
    let signed_in = operator.client.post(format!("{}/api/session", server.url));
    let signed_in = signed_in.json(&json!({ "token": token })).send().await?;
    if signed_in.status() != 201 {
        return Err(format!("the link answered {}", signed_in.status()).into());
    }
    server.stop()?;
    let printed = run(folder.path(), &["emit", "echo", "--folder"])?;
    expect(&printed, 1, "doesn't answer")?;
    // Without a server, the folder is opened and the link is kept for the next one.
    let printed = run(folder.path(), &["link", "--data"])?;
    expect(&printed, 0, "/#sign-in=")
}

/// Runs a command on a data folder, whose flag stands last.
fn run(folder: &Path, arguments: &[&str]) -> Result<Output, Failed> {
    Ok(blockcast().args(arguments).arg(folder).output()?)
}

fn expect(printed: &Output, code: i32, part: &str) -> Result<(), Failed> {
    let text = [&printed.stdout[..], &printed.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    if printed.status.code() == Some(code) && text.contains(part) {
        return Ok(());
    }
    Err(format!("{:?}, and not {code} with `{part}`: {text}", printed.status.code()).into())
}
