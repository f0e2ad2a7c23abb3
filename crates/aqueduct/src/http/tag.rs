//! Entity tags (RFC 9110).

/// Whether the value of an `If-None-Match` header names this entity tag. Tags are compared weakly; what is no tag ends
/// the list.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2>
pub(super) fn matches(header: &str, etag: &str) -> bool {
    if header.trim() == "*" {
        return true;
    }
    let Some((etag, _)) = opaque(etag) else { return false };
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        match opaque(rest) {
            Some((tag, _)) if tag == etag => return true,
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
}

/// The first tag of a list without the sign of a weak one, and what follows it. A tag may contain a comma.
fn opaque(list: &str) -> Option<(&str, &str)> {
    list.strip_prefix("W/").unwrap_or(list).strip_prefix('"')?.split_once('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_tags() {
        let cases = [
            ("\"2\"", true),
            ("W/\"2\"", true),
            ("*", true),
            (" * ", true),
            ("\"1\", \"2\"", true),
            ("\"1\",W/\"2\" , \"3\"", true),
            (", ,\"2\"", true),
            ("\"1,\",\"2\"", true),
            ("\"1,2\"", false),
            ("\"1\"", false),
            ("2", false),
            ("\"2", false),
            ("w/\"2\"", false),
            ("\"\"", false),
            ("", false),
        ];
        for (header, expected) in cases {
            assert_eq!(matches(header, "\"2\""), expected, "{header}");
        }
        assert!(matches("\"2\"", "W/\"2\""), "a weak tag is compared like a strong one");
    }
}
