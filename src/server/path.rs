//! Addresses made of names.

/// A name as a part of a path or a fragment: all but letters, digits and `-._~` as %XX.
pub fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_name_is_one_part() {
        assert_eq!(escaped("A-1._~"), "A-1._~");
        assert_eq!(escaped("a&b é/?"), "a%26b%20%C3%A9%2F%3F");
    }
}
