//! What the machine can do in one step, and where it finds things. Nothing else.

/// Where a value lies while a program runs.
///
/// The machine's slots hold the variables, then the event, then the constants,
/// then one frame after another. A slot counts from the very beginning, or from
/// the beginning of the frame that runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Slot(u32);

impl Slot {
    const LOCAL: u32 = 1 << 31;

    /// A slot counted from the beginning: a variable, the event or a constant.
    pub(crate) fn fixed(index: u32) -> Self {
        Self(index)
    }

    /// A slot of the frame that runs: a parameter or something kept for a moment.
    pub(crate) fn local(index: u32) -> Self {
        Self(index | Self::LOCAL)
    }

    /// Whether it belongs to the frame that runs.
    pub fn is_local(self) -> bool {
        self.0 & Self::LOCAL != 0
    }

    /// Its number, in the frame or from the beginning.
    pub fn index(self) -> u32 {
        self.0 & !Self::LOCAL
    }

    /// Where it is when the frame begins at `base`.
    #[inline]
    pub(crate) fn address(self, base: usize) -> usize {
        let frame = if self.is_local() { base } else { 0 };
        frame + self.index() as usize
    }

    /// The local slot `more` places behind this one.
    pub(crate) fn after(self, more: u32) -> Self {
        Self(self.0 + more)
    }
}

/// The number of an instruction in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(pub u32);

/// The number of a [`CallSite`](super::CallSite).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteIndex(pub u32);

/// One step. `to` is always written last, when nothing can fail any more.
#[expect(missing_docs, reason = "each variant's sentence names its fields")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// `to` = `from`.
    Move { to: Slot, from: Slot },
    /// `to` = `a` + `b`: numbers are added, texts and lists joined.
    Add { to: Slot, a: Slot, b: Slot },
    /// `to` = `a` - `b`.
    Subtract { to: Slot, a: Slot, b: Slot },
    /// `to` = `a` * `b`.
    Multiply { to: Slot, a: Slot, b: Slot },
    /// `to` = `a` / `b`.
    Divide { to: Slot, a: Slot, b: Slot },
    /// `to` = `a` to the power of `b`.
    Power { to: Slot, a: Slot, b: Slot },
    /// `to` = the remainder of `a` / `b`, with the sign of `a`.
    Modulo { to: Slot, a: Slot, b: Slot },
    /// `to` = `a` == `b`, loosely.
    Equal { to: Slot, a: Slot, b: Slot },
    /// `to` = `a` != `b`, loosely.
    NotEqual { to: Slot, a: Slot, b: Slot },
    /// `to` = `a` < `b`.
    Less { to: Slot, a: Slot, b: Slot },
    /// `to` = `a` <= `b`.
    LessOrEqual { to: Slot, a: Slot, b: Slot },
    /// `to` = `a` > `b`.
    Greater { to: Slot, a: Slot, b: Slot },
    /// `to` = `a` >= `b`.
    GreaterOrEqual { to: Slot, a: Slot, b: Slot },
    /// Goes on at `label` unless `a` == `b`.
    UnlessEqual { a: Slot, b: Slot, label: Label },
    /// Goes on at `label` unless `a` != `b`.
    UnlessNotEqual { a: Slot, b: Slot, label: Label },
    /// Goes on at `label` unless `a` < `b`.
    UnlessLess { a: Slot, b: Slot, label: Label },
    /// Goes on at `label` unless `a` <= `b`.
    UnlessLessOrEqual { a: Slot, b: Slot, label: Label },
    /// Goes on at `label` unless `a` > `b`.
    UnlessGreater { a: Slot, b: Slot, label: Label },
    /// Goes on at `label` unless `a` >= `b`.
    UnlessGreaterOrEqual { a: Slot, b: Slot, label: Label },
    /// `to` = not `a`.
    Not { to: Slot, a: Slot },
    /// Goes on at `label`.
    Jump { label: Label },
    /// Goes on at `label` if the condition holds.
    JumpIf { condition: Slot, label: Label },
    /// Goes on at `label` unless the condition holds.
    JumpUnless { condition: Slot, label: Label },
    /// Counts one up; goes on at `exit` unless the count is below the limit.
    RepeatNext { count: Slot, limit: Slot, exit: Label },
    /// Turns `step` into the step of a loop from `start` to `end`: its size as given,
    /// downwards when `start` is above `end`.
    ForStart { start: Slot, end: Slot, step: Slot },
    /// Skips the next instruction if `variable` has not passed `end`.
    ForTest { variable: Slot, end: Slot, step: Slot },
    /// Adds `step` to `variable`. Unless that has passed `end`, goes on where the jump behind
    /// this instruction leads, else behind that jump.
    ForNext { variable: Slot, end: Slot, step: Slot },
    /// Begins a walk over `list`. The state takes four slots: what is walked, the place
    /// reached, the length when the walk began, and how much more than its items is walked:
    /// with `strays` what was set at places that no list has.
    EachStart { list: Slot, state: Slot, strays: bool },
    /// Puts the next item into `to` and skips the next instruction, if there is one.
    /// The item is read from `list`, which may be another list by now.
    EachNext { state: Slot, list: Slot, to: Slot },
    /// `to` = the item at `at` of `list`, counted as the flow counts.
    Item { to: Slot, list: Slot, at: Slot },
    /// `to` = the item of `list` at a place known before the run, counted from 0.
    ItemAt { to: Slot, list: Slot, place: u32 },
    /// The item of `list` at a place known before the run, counted from 0, becomes `value`.
    SetItemAt { list: Slot, place: u32, value: Slot },
    /// The item at `at` of `list` becomes `value`.
    SetItem { list: Slot, at: Slot, value: Slot },
    /// Appends `value` as text to the text in `variable`.
    Append { variable: Slot, value: Slot },
    /// Appends two values or more, which lie at `values` and behind, to the text in
    /// `variable`: what joining them and appending that does.
    AppendJoined { variable: Slot, values: Slot, count: u32 },
    /// Adds `delta` to `variable`, which counts as 0 unless it is a number.
    Change { variable: Slot, delta: Slot },
    /// Calls a built-in function; its arguments lie at `arguments` and behind.
    Builtin { site: SiteIndex, arguments: Slot, to: Slot },
    /// Calls a procedure; its frame begins at `arguments`.
    Call { procedure: u32, arguments: Slot, to: Slot },
    /// Ends a procedure with a value.
    Return { value: Slot },
    /// Ends a stack of top blocks.
    End,
    /// Ends the run with a result.
    Stop { value: Slot },
    /// Ends the run with the prepared fault of this number.
    Fail { fault: u32 },
}

const _: () = assert!(size_of::<Instruction>() <= 16, "four instructions to a cache line");

/// What an instruction writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Nothing.
    Nothing,
    /// The value of its block.
    Value(Slot),
    /// Another value for one that it reads.
    Changed(Slot),
    /// The state of a walk: this slot and three behind it.
    Walk(Slot),
    /// The next item, and the place reached, which lies one behind `state`.
    Item { to: Slot, state: Slot },
    /// A procedure's value, once that returns; its frame and what all share before that.
    Called { arguments: Slot, to: Slot },
}

impl Instruction {
    /// What it writes.
    pub(crate) fn written(self) -> Written {
        match self {
            Self::Move { to, .. }
            | Self::Add { to, .. }
            | Self::Subtract { to, .. }
            | Self::Multiply { to, .. }
            | Self::Divide { to, .. }
            | Self::Power { to, .. }
            | Self::Modulo { to, .. }
            | Self::Equal { to, .. }
            | Self::NotEqual { to, .. }
            | Self::Less { to, .. }
            | Self::LessOrEqual { to, .. }
            | Self::Greater { to, .. }
            | Self::GreaterOrEqual { to, .. }
            | Self::Not { to, .. }
            | Self::Item { to, .. }
            | Self::ItemAt { to, .. }
            | Self::Builtin { to, .. } => Written::Value(to),
            Self::RepeatNext { count, .. } => Written::Changed(count),
            Self::ForStart { step, .. } => Written::Changed(step),
            Self::ForNext { variable, .. }
            | Self::Append { variable, .. }
            | Self::AppendJoined { variable, .. }
            | Self::Change { variable, .. } => Written::Changed(variable),
            Self::EachStart { state, .. } => Written::Walk(state),
            Self::EachNext { state, to, .. } => Written::Item { to, state },
            Self::Call { arguments, to, .. } => Written::Called { arguments, to },
            Self::UnlessEqual { .. }
            | Self::UnlessNotEqual { .. }
            | Self::UnlessLess { .. }
            | Self::UnlessLessOrEqual { .. }
            | Self::UnlessGreater { .. }
            | Self::UnlessGreaterOrEqual { .. }
            | Self::Jump { .. }
            | Self::JumpIf { .. }
            | Self::JumpUnless { .. }
            | Self::ForTest { .. }
            | Self::SetItem { .. }
            | Self::SetItemAt { .. }
            | Self::Return { .. }
            | Self::End
            | Self::Stop { .. }
            | Self::Fail { .. } => Written::Nothing,
        }
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.is_local() { "t" } else { "s" }, self.index())
    }
}
