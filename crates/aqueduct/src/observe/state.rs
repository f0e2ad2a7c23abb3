//! `tracestate`: what tracing systems say to themselves, passed on as it came.

/// How many entries there may be; more make the whole malformed.
const ENTRIES_MAX: usize = 32;

/// What is passed on in any case, in bytes.
const BYTES_MAX: usize = 512;

/// Entries longer than this are dropped first where there is too much.
const LONG_ENTRY: usize = 128;

/// The longest text that is looked at: 32 entries of the longest keys and values, and their separators.
const INPUT_MAX: usize = ENTRIES_MAX * (256 + 1 + 256 + 1);

/// The entries to pass on; `None` where there are none or one is malformed.
///
/// Source: <https://www.w3.org/TR/trace-context/#tracestate-header>
pub(super) fn read(text: &str) -> Option<String> {
    if text.len() > INPUT_MAX {
        return None;
    }
    let entries = text.split(',').map(|entry| entry.trim_matches([' ', '\t'])).filter(|entry| !entry.is_empty());
    let mut kept: Vec<(&str, &str)> = Vec::new();
    for entry in entries {
        let (key, value) = entry.split_once('=')?;
        if !is_key(key) || !is_value(value) || kept.iter().any(|(other, _)| *other == key) || kept.len() == ENTRIES_MAX
        {
            return None;
        }
        kept.push((key, value));
    }
    shorten(&mut kept);
    let entries: Vec<String> = kept.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    (!entries.is_empty()).then(|| entries.join(","))
}

/// Drops whole entries until the rest fits: long ones first, then from the end, which is the oldest.
fn shorten(entries: &mut Vec<(&str, &str)>) {
    let length = |(key, value): &(&str, &str)| key.len() + 1 + value.len();
    let fits = |entries: &[(&str, &str)]| entries.iter().map(|entry| length(entry) + 1).sum::<usize>() <= BYTES_MAX + 1;
    while !fits(entries) {
        let long = entries.iter().rposition(|entry| length(entry) > LONG_ENTRY);
        entries.remove(long.unwrap_or(entries.len() - 1));
    }
}

fn is_key(key: &str) -> bool {
    let is_part = |part: &str, longest: usize, may_begin: fn(u8) -> bool| {
        part.len() <= longest
            && part.bytes().next().is_some_and(may_begin)
            && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/'))
    };
    let letter = |byte: u8| byte.is_ascii_lowercase();
    match key.split_once('@') {
        None => is_part(key, 256, letter),
        Some((tenant, system)) => {
            is_part(tenant, 241, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                && is_part(system, 14, letter)
        }
    }
}

fn is_value(value: &str) -> bool {
    (1..=256).contains(&value.len())
        && value.bytes().all(|byte| matches!(byte, 0x20..=0x7e) && byte != b'=' && byte != b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_passed_on_or_left_out() {
        let cases = [
            ("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7", Some("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")),
            (" a=1 ,\t,b=2,", Some("a=1,b=2")),
            ("tenant@system=1,1t@s=2", Some("tenant@system=1,1t@s=2")),
            ("a/b*c-d_e=x y", Some("a/b*c-d_e=x y")),
            ("", None),
            (",,", None),
            ("a", None),
            ("a=", None),
            ("a=1,a=2", None),
            ("A=1", None),
            ("1a=1", None),
            ("a@=1", None),
            ("a=1=2", None),
            ("a=\u{e4}", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn there_is_an_end_to_it() {
        let entries = |count: usize, value: usize| {
            (0..count).map(|n| format!("k{n}={}", "v".repeat(value))).collect::<Vec<_>>().join(",")
        };
        assert_eq!(read(&entries(33, 1)), None, "too many");
        assert_eq!(read(&"a=1,".repeat(100_000)), None, "too long to look at");
        let kept = read(&format!("first={},{},last=1", "v".repeat(200), entries(30, 18))).expect("shortened");
        assert!(kept.len() <= BYTES_MAX && kept.starts_with("k0=") && !kept.contains("last"), "{kept}");
    }
}
