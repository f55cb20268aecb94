//! Every bound blockcast holds to, with its unit and the reason for it.
//!
//! A number that limits something lives here and nowhere else; the error that
//! reports a limit names it and the value that went over it.

mod delivery;

pub use delivery::*;

/// Bytes of a flow file, event file or block definition file that will be read.
///
/// A flow of ten thousand blocks is about 3 MB; a hundred times that is a mistake.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

// ---- one run

/// Steps a run may take when nothing else is said: instructions, and work inside them.
///
/// A second or so of a busy loop: far more than a flow needs, and soon over.
pub const RUN_STEPS: u64 = 100_000_000;
/// Bytes of texts, lists and objects a run may hold when nothing else is said.
pub const RUN_BYTES: usize = 256 * 1024 * 1024;
/// Procedure calls that may be open at once: what V8's default stack roughly allows.
pub const RUN_CALLS: usize = 10_000;
/// Lines a run may print.
pub const RUN_PRINTS: usize = 100_000;
/// UTF-16 units of one text: V8's own bound (2^29 - 24).
pub const TEXT_UNITS_MAX: usize = (1 << 29) - 24;
/// Lists inside one another that can be joined to a text: about what V8's default stack allows.
pub const JOINED_NESTING_MAX: usize = 4_000;
/// Lists and objects inside one another that can be shown as JSON, made flat or sent.
///
/// Showing recurses, a few hundred bytes a level, and must do so on threads of 2 MiB.
pub const VALUE_NESTING_MAX: usize = 500;
/// Open calls that a fault tells, innermost first.
pub const FAULT_CALLS: usize = 8;
/// Messages one run may publish.
pub const RUN_PUBLISHES: usize = 100_000;
/// Instructions between two looks at the clock: a few milliseconds.
pub const RUN_SLICE: u64 = 500_000;
/// Units of work (bytes compared, items visited) that are part of any instruction.
pub const WORK_INCLUDED: u64 = 1_024;
/// Further units of work inside one instruction that count as one more instruction: both
/// take about as long.
pub const WORK_OF_A_STEP: u64 = 16;
/// Bytes of all lines a run may print.
pub const RUN_PRINT_BYTES: usize = 64 * 1024 * 1024;
/// Milliseconds a run from the command line may take when nothing else is said.
pub const RUN_WALL_MS: u64 = 60_000;
/// Differences of a failing case that are shown.
pub const DIFFERENCES_SHOWN: usize = 8;
/// Runs of a benchmark, at least.
pub const BENCH_RUNS_MIN: usize = 3;
/// How long a benchmark repeats its flow.
pub const BENCH_TIME: std::time::Duration = std::time::Duration::from_secs(1);
/// Runs of a benchmark that are timed together take about this long.
pub const BENCH_GROUP_NS: u64 = 1_000_000;
/// And are at most so many.
pub const BENCH_GROUP_MAX: u64 = 500;

// ---- one script or library call

/// Bytes of a script: a few thousand lines.
pub const SCRIPT_BYTES_MAX: usize = 256 * 1024;
/// Bytes of all texts inside one value of a script. Rhai bounds each value, not their sum;
/// a script that fills all its variables in all its calls was measured at 870 MB.
pub const SCRIPT_TEXT_BYTES_MAX: usize = 256 * 1024;
/// Items of all lists, or entries of all objects, inside one value of a script.
pub const SCRIPT_ITEMS_MAX: usize = 8_192;
/// Variables of a script that are there at once.
pub const SCRIPT_VARIABLES_MAX: usize = 64;
/// Functions that a script may define.
pub const SCRIPT_FUNCTIONS_MAX: usize = 64;
/// Calls of a script's functions that are open at once.
pub const SCRIPT_CALLS_MAX: usize = 16;
/// Levels of expressions inside one another in a script: what Rhai itself takes.
pub const SCRIPT_NESTING_MAX: usize = 32;
/// Lists and objects inside one another that go into a script or come out of one.
pub const SCRIPT_VALUE_NESTING_MAX: usize = 64;
/// Bytes of stack a script gets: enough for [`SCRIPT_ITEMS_MAX`] lists inside one another.
pub const SCRIPT_STACK: usize = 16 * 1024 * 1024;
/// Bytes of stack of threads that run flows, so that scripts needn't get more. Only what
/// is used is taken from memory.
pub const RUN_THREAD_STACK: usize = 2 * SCRIPT_STACK;
/// Decimals of a number that is written or rounded; a double has 17 digits.
pub const DECIMALS_MAX: u32 = 20;
/// Bytes of a search pattern; people's have a hundred.
pub const REGEX_PATTERN_BYTES_MAX: usize = 10_000;
/// Bytes a search pattern may take once compiled. Each `\w` takes about 40 KB, for all the
/// letters there are, so `\w{1,64}` as in patterns for addresses takes 3 MB.
pub const REGEX_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes in which a search may remember what it has met; without them it is slower.
pub const REGEX_CACHE_BYTES: usize = 1024 * 1024;
/// Bytes of a text that is searched with a pattern: the worst patterns take time in proportion
/// to both, in one step that nothing interrupts.
pub const REGEX_TEXT_BYTES_MAX: usize = 1024 * 1024;
/// Compiled patterns kept in a process.
pub const REGEX_KEPT: usize = 16;
/// Bytes of a pattern for dates: each of its parts may be padded to 255.
pub const TIME_PATTERN_BYTES_MAX: usize = 1_000;

/// Bytes of a library's file.
pub const LIBRARY_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Bytes of memory one instance of a library may take.
pub const LIBRARY_MEMORY: usize = 64 * 1024 * 1024;
/// Bytes of stack of a library's functions.
pub const LIBRARY_STACK: usize = 1024 * 1024;
/// Blocks of one library.
pub const LIBRARY_BLOCKS_MAX: usize = 1_000;
/// Units of a library's work (about an instruction of the processor) that count as a step.
pub const LIBRARY_WORK_OF_A_STEP: u64 = 16;
/// Steps a library may take to describe its blocks.
pub const LIBRARY_DESCRIBE_STEPS: u64 = 10_000_000;
/// Instances of libraries that are there at once: more than threads that run flows.
pub const LIBRARY_INSTANCES: u32 = 128;
/// Milliseconds between two looks whether a library's time is over.
pub const LIBRARY_TICK_MS: u64 = 5;

// ---- one trace

/// Steps of a trace; a longer run is sampled.
pub const TRACE_STEPS: usize = 10_000;
/// Bytes of a trace's steps, about; more are sampled.
pub const TRACE_BYTES: usize = 4 * 1024 * 1024;
/// Steps between two keyframes: what a reader goes through at most to know all variables.
pub const TRACE_KEYFRAME_EVERY: usize = 100;

// ---- stored flows

/// Flows of one application.
pub const FLOWS_MAX: i64 = 1_000;
/// Versions of one flow.
pub const VERSIONS_MAX: i64 = 10_000;
/// Bytes of a flow's file that is stored.
pub const FLOW_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a flow's description, or of a version's note.
pub const NOTE_BYTES_MAX: usize = 4_000;
/// Runs that are kept of one flow; the oldest make room.
pub const RUNS_KEPT: i64 = 1_000;
/// Bytes of what a run got and said that are kept, so that it can be traced.
pub const RUN_RECORD_BYTES_MAX: usize = 256 * 1024;
/// Runs of stored flows at the same time; others wait.
pub const RUNS_AT_ONCE: usize = 64;
/// Lines, and messages, that are told of a run.
pub const REPORT_ENTRIES: usize = 10_000;
/// Characters that are told of a printed line.
pub const REPORT_LINE_CHARS: usize = 10_000;
/// Messages of a dry run whose devices are counted.
pub const REACHES_COUNTED: usize = 100;
/// Steps that a run may take while it is traced: one instruction at a time is slow.
pub const TRACED_RUN_STEPS: u64 = 20_000_000;
/// Bytes of an HTTP answer that a flow makes.
pub const RESPONSE_BYTES_MAX: usize = 2 * 1024 * 1024;

// ---- signing in

/// Milliseconds that a one-time link is good for.
pub const LINK_MS: i64 = 15 * 60_000;
/// Milliseconds that somebody stays signed in: two weeks.
pub const SESSION_MS: i64 = 14 * 24 * 3_600_000;
/// Links and sessions that are kept; the oldest make room.
pub const SESSIONS_MAX: i64 = 1_000;

// ---- one flow

/// Blocks of a flow: a hundred times the largest that people draw.
pub const BLOCKS_MAX: usize = 1_000_000;
/// Blocks inside one another (in sockets; stacks below one another don't count).
///
/// The compiler recurses once a level, and must do so on threads of 2 MiB; people get to about 20.
pub const BLOCK_NESTING_MAX: usize = 300;
/// Sockets that a mutation may give one block.
pub const BLOCK_SOCKETS_MAX: usize = 10_000;

// ---- one message

/// Bytes of one message with its headers, as JSON. Push services carry 4 KiB; this
/// leaves room for pub/sub payloads and still stops a file sent by mistake.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Levels of lists and objects in a message: the JSON reader refuses more than 128.
pub const MESSAGE_NESTING_MAX: usize = 100;
/// Headers of one message; the documented ones are about thirty.
pub const HEADERS_MAX: usize = 200;
/// Bytes of a header's name.
pub const HEADER_NAME_BYTES_MAX: usize = 200;
/// Bytes of a channel's name.
pub const CHANNEL_BYTES_MAX: usize = 200;
/// Device ids one message may name; more is what a channel is for.
pub const SINGLECAST_MAX: usize = 10_000;
/// Bytes of an idempotency key.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
/// Milliseconds a publish time may lie in the past and still mean "now": a slow network.
pub const PUBLISH_AT_GRACE_MS: i64 = 1_000;
/// Milliseconds after its end in which a repeating message's last copy may still be made, when
/// it was due before: a busy server.
pub const REPEAT_END_GRACE_MS: i64 = 10_000;
/// Seconds between two copies of a repeating message: 100 years, so that sums never overflow.
pub const REPEAT_EVERY_MAX_S: i64 = 100 * 366 * 24 * 3600;

// ---- one condition (a segment, a selector)

/// Bytes of a condition: a list of a thousand cities fits.
pub const CONDITION_BYTES_MAX: usize = 16 * 1024;
/// Parentheses and `NOT`s inside one another: reading and testing recurse once a level. A
/// database's own parser takes a thousand.
pub const CONDITION_NESTING_MAX: usize = 50;
/// Characters of a pattern of `LIKE`: the worst ones take time in proportion to pattern and text.
pub const LIKE_CHARS_MAX: usize = 200;

// ---- one device

/// Bytes of a device id, a token or an operating system's version. An Apple token is
/// 64, Google's about 170, a browser's subscription up to 1,500.
pub const DEVICE_TEXT_BYTES_MAX: usize = 4 * 1024;
/// Channels one device may be on.
pub const DEVICE_CHANNELS_MAX: usize = 100;
/// Tags of one device.
pub const DEVICE_TAGS_MAX: usize = 100;
/// Bytes of a tag, or of a property's name.
pub const TAG_BYTES_MAX: usize = 200;
/// Bytes of all properties of a device, or of its user.
pub const DEVICE_PROPERTIES_BYTES_MAX: usize = 16 * 1024;
/// Below this an expiration is in seconds, from here on in milliseconds: 1973 in the
/// one, the year 5138 in the other. (The JavaScript SDK sends seconds for a `Date`.)
pub const EXPIRATION_SECONDS_BELOW: f64 = 1e11;
/// Notifications given at once from a device's inbox; the rest follows by sequence number.
pub const INBOX_PAGE: usize = 200;
/// Notifications a phone gets on its first connection: what it would show after a reboot.
pub const INBOX_RECENT: usize = 20;

// ---- one template

/// Templates of one application: a device may ask for all of them.
pub const TEMPLATES_MAX: i64 = 500;
/// Bytes of a template's name: it is a part of a path.
pub const TEMPLATE_NAME_BYTES_MAX: usize = 100;
/// Bytes of a template as JSON: all its languages.
pub const TEMPLATE_BYTES_MAX: usize = 64 * 1024;
/// Languages of a template.
pub const TEMPLATE_LOCALES_MAX: usize = 100;
/// Headers in one place of a template: those of all platforms together fit a message.
pub const TEMPLATE_HEADERS_MAX: usize = 40;
/// Places of one text: what fills them may be far longer than what was written.
pub const SMART_PLACES_MAX: usize = 50;
/// Buttons of a notification: phones show three or four.
pub const TEMPLATE_ACTIONS_MAX: usize = 10;
/// Seconds that a push service keeps a notification at most: four weeks. Source: FCM.
pub const TIME_TO_LIVE_MAX_S: u32 = 2_419_200;
/// Bytes of a notification that push services carry. Source: APNs, FCM.
pub const PAYLOAD_BYTES_MAX: usize = 4_096;
/// Bytes of all values of a template push: more doesn't fit a notification.
pub const TEMPLATE_VALUES_BYTES_MAX: usize = PAYLOAD_BYTES_MAX;

// ---- who may do what

/// Applications in one server. Their keys are in memory.
pub const APPS_MAX: i64 = 1_000;
/// Keys of one application: each request is compared with all of them.
pub const KEYS_MAX: i64 = 100;
/// Bytes of the name of an application or key, or of a user's id.
pub const NAME_BYTES_MAX: usize = 200;
/// Patterns in one list of a channel rule.
pub const CHANNEL_PATTERNS_MAX: usize = 100;
/// Requests a second that a key may be limited to: more is no limit.
pub const RATE_MAX_PER_S: u32 = 1_000_000;
/// Milliseconds that an idempotency key of the admin API is remembered: a day.
pub const IDEMPOTENCY_KEPT_MS: i64 = 24 * 3_600_000;
/// Things on one page of the admin API, at most and when nothing is said.
pub const PAGE_MAX: usize = 200;
/// The same when nothing is said.
pub const PAGE_DEFAULT: usize = 50;
/// Rows of a removed application that are deleted in one write.
pub const PURGE_ROWS: i64 = 500;

/// Devices of one page of a listing.
pub const DEVICES_PAGE_MAX: usize = 1_000;
/// Devices of an import in one commit.
pub const IMPORT_PAGE: usize = 5_000;
/// Devices of an import between two lines that tell how far it is.
pub const IMPORT_PROGRESS: usize = 100_000;

// ---- the store

/// Writes in one commit: from here on more of them gain nothing.
pub const COMMIT_WRITES_MAX: usize = 256;
/// Milliseconds a commit may gather writes before it is closed.
pub const COMMIT_GATHER_MS: u128 = 2;
/// Writes that may wait for the writer; a publisher waits when there are more.
pub const WRITES_WAITING_MAX: usize = 4_096;
/// Milliseconds after which a commit that nobody waits for is brought to the disk: what a power
/// failure may undo of it.
pub const LOG_FLUSH_MS: u64 = 50;
/// Pages of the write-ahead log, of 4 KiB each, before they go over into the database.
pub const LOG_PAGES: i64 = 4_000;
/// Read connections: reads are short, and the processor is the bound.
pub const READERS: usize = 4;
/// Of these, how many may walk through an audience at the same time.
pub const WIDE_READERS: usize = 2;
/// Milliseconds to wait for another process's lock (a backup) before giving up.
pub const STORE_BUSY_MS: u64 = 5_000;

// ---- real time

/// Sessions of real-time clients that may be open.
pub const REALTIME_SESSIONS_MAX: usize = 20_000;
/// Deliveries that may wait for one client; a client that falls further behind is
/// disconnected. A delivery that waits is a pointer: 40 bytes.
pub const REALTIME_WAITING_MAX: usize = 4_096;
/// Bytes of a packet from a client, and about the bytes of one answer to a client that polls.
pub const REALTIME_BYTES_MAX: usize = 1_000_000;
/// Milliseconds between two signs of life that a client is asked for; proxies cut at 60 s.
pub const REALTIME_PING_MS: i64 = 25_000;
/// Milliseconds a client may take to answer; the same for taking over with a websocket.
pub const REALTIME_PONG_MS: i64 = 20_000;
/// Milliseconds a client may take no byte of what is written to it.
pub const REALTIME_WRITE_MS: i64 = 20_000;
/// Subscriptions of one connection.
pub const SUBSCRIPTIONS_MAX: usize = 1_000;
/// Bytes of a subscription's id, which the client makes; the SDK's have about 21.
pub const SUBSCRIPTION_ID_BYTES_MAX: usize = 200;
/// Bytes of a subscriber's selector.
pub const SELECTOR_BYTES_MAX: usize = 10_000;
/// Deliveries that may wait for one reader of an event stream.
pub const STREAM_WAITING_MAX: usize = 1_024;
/// Milliseconds that a message is kept for those who poll. Source: the messaging API.
pub const MAILBOX_KEEPS_MS: i64 = 60_000;
/// Messages kept for one who polls; then the oldest make room.
pub const MAILBOX_MESSAGES_MAX: usize = 1_000;
/// Milliseconds after which a poller who doesn't come back is forgotten.
pub const MAILBOX_IDLE_MS: i64 = 600_000;
/// Pollers at the same time.
pub const MAILBOXES_MAX: usize = 10_000;

// ---- the server

/// Bytes of a request body: a message and its JSON escapes.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of all headers of a request; browsers send about 2 KB.
pub const REQUEST_HEADERS_BYTES_MAX: usize = 32 * 1024;
/// Bytes of a request's id that is taken over.
pub const REQUEST_ID_BYTES_MAX: usize = 128;
/// Milliseconds between two signs of life on an event stream; proxies cut at 60 s.
pub const HEARTBEAT_MS: i64 = 15_000;
/// Milliseconds that open connections get to finish when the server stops.
pub const STOP_MS: i64 = 5_000;

const _: () = assert!(WIDE_READERS < READERS, "short reads never wait for audiences");
const _: () = assert!(AUDIENCE_PAGE as u64 <= LEDGER_PAGE_MAX, "a page must be readable");
const _: () = assert!(MESSAGE_BYTES_MAX < BODY_BYTES_MAX, "a legal message must fit a request");
const _: () = assert!(MESSAGE_NESTING_MAX < 126, "a kept message must be readable again");
const _: () = assert!(5 * TEMPLATE_HEADERS_MAX <= HEADERS_MAX, "every template can be pushed");
const _: () = assert!(INBOX_RECENT <= INBOX_PAGE, "the first answer is one page");

/// Bytes of freed memory that a thread's allocator keeps at most.
pub const MEMORY_KEPT: i32 = 16 << 20;
/// Bytes from which on an allocation is the system's own, and goes back to it when it is freed.
pub const ALLOCATION_OF_ITS_OWN: i32 = 8 << 20;
/// Places of a run's slots, frames or printed lines up to which the next run takes them over;
/// more are given back.
pub const RETIRED_SLOTS: usize = 1024;

/// Steps a run takes before its program is compiled to machine code: about what compiling a
/// flow of usual size costs.
pub const NATIVE_AFTER: u64 = 20_000;
/// Steps between two looks whether there is machine code, while it is being compiled.
pub const NATIVE_LOOK: u64 = 2_000;
/// Instructions of a program that is compiled with care at once: a millisecond.
pub const NATIVE_SMALL: usize = 20;
/// Runs, or slices of long ones, after which machine code is worth more care.
pub const NATIVE_USES: u32 = 40;
/// Instructions a program may have to be compiled to machine code: a tenth of a second.
pub const NATIVE_INSTRUCTIONS: usize = 8_000;
/// Bytes of the thread's stack that machine code may take for calls of machine code; deeper
/// ones begin in the interpreter, which needs none.
pub const NATIVE_STACK: usize = 512 * 1024;
/// Times that machine code may be left for something unexpected until it is compiled anew.
pub const NATIVE_SURPRISES: u32 = 8;
/// Times that a program is compiled anew.
pub const NATIVE_COMPILED: u32 = 12;
