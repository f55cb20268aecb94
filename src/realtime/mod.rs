//! Real time: who listens to which channel now, and what they are given.
//!
//! All of it is in memory: a message that nobody listens to is not kept here, and who
//! was away has missed it (a phone's inbox is for that). Nothing here knows HTTP or how
//! a subscriber is reached: it is given [`Delivery`]s through a [`Line`].

mod channel;
mod envelope;
mod hub;
mod line;
mod mailbox;
mod selector;

pub use envelope::Envelope;
pub use hub::{Hub, Member, SubscribeError, Subscription};
pub use line::{Data, Delivery, Line, LineEnd};
pub use selector::{Selector, SelectorError};
