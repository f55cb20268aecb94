//! Templates of push notifications: what is wrong with one that a person wrote, how it is
//! drawn for a device, and what a device's own part of the API is told of it.
//!
//! Pure. What a template is made of is [`Template`](crate::model::Template); keeping and
//! sending it is in [`publish`](crate::publish).

mod device_side;
mod draw;
mod fields;
mod locale;
mod names;
mod problem;
mod read;
mod texts;
mod weigh;

pub use device_side::device_side;
pub use draw::{Drawing, Stamp};
pub use names::{known_of, value_of};
pub use problem::TemplateProblem;
pub use read::read;
pub use weigh::warnings;
