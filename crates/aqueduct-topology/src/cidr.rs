//! `Fn::Cidr`: blocks of addresses inside one.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html>

use std::net::{Ipv4Addr, Ipv6Addr};

/// The first `count` blocks of `2^bits` addresses in `block`; none when there are not so many.
pub(crate) fn blocks(block: &str, count: u32, bits: u32) -> Option<Vec<String>> {
    let (address, prefix) = block.split_once('/')?;
    let prefix: u32 = prefix.parse().ok()?;
    let (first, width) = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
        (Ok(address), _) => (u128::from(u32::from(address)), 32),
        (_, Ok(address)) => (u128::from(address), 128),
        _ => return None,
    };
    if !(1..=256).contains(&count) || prefix > width || !(1..128).contains(&bits) || bits > width - prefix {
        return None;
    }
    let available = 1_u128.checked_shl(width - prefix - bits).unwrap_or(u128::MAX);
    if u128::from(count) > available {
        return None;
    }
    let start = first & !(u128::MAX.checked_shr(128 - (width - prefix)).unwrap_or(0));
    let text = |index: u32| {
        let address = start + (u128::from(index) << bits);
        match u32::try_from(address) {
            Ok(address) if width == 32 => format!("{}/{}", Ipv4Addr::from(address), width - bits),
            _ => format!("{}/{}", Ipv6Addr::from(address), width - bits),
        }
    };
    Some((0..count).map(text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_in_a_block() {
        let cases: [(&str, u32, u32, Option<&[&str]>); 8] = [
            ("192.168.0.0/24", 3, 5, Some(&["192.168.0.0/27", "192.168.0.32/27", "192.168.0.64/27"])),
            ("10.1.2.3/16", 2, 8, Some(&["10.1.0.0/24", "10.1.1.0/24"])),
            ("2001:db8::/56", 2, 64, Some(&["2001:db8::/64", "2001:db8:0:1::/64"])),
            ("10.0.0.0/24", 9, 5, None),
            ("10.0.0.0/33", 1, 5, None),
            ("10.0.0.0/24", 0, 5, None),
            ("::/0", 2, 127, Some(&["::/1", "8000::/1"])),
            ("nonsense", 1, 5, None),
        ];
        for (block, count, bits, expected) in cases {
            let expected = expected.map(|blocks| blocks.iter().map(|block| (*block).to_owned()).collect());
            assert_eq!(blocks(block, count, bits), expected, "{block}");
        }
    }
}
