//! Every bound blockcast holds to, with its unit and the reason for it.
//!
//! A number that limits something lives here and nowhere else; the error that
//! reports a limit names it and the value that went over it.

/// Bytes of a flow file, event file or block definition file that will be read.
///
/// A flow of ten thousand blocks is about 3 MB; a hundred times that is a mistake.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
