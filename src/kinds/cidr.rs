//! Offline checks of ranges and addresses.

use core::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use crate::model::{Diagnostic, DocPath};

/// An IPv4 range without host bits.
pub fn check_ipv4(text: &str, field: DocPath) -> Option<Diagnostic> {
    let fault = match text.parse::<Ipv4Net>() {
        Ok(range) if range.addr() == range.network() => return None,
        Ok(range) => Diagnostic::error("host-bits", format!("`{text}` has bits set behind its prefix"))
            .hint(format!("write `{}`", range.trunc())),
        Err(_) => Diagnostic::error("bad-cidr", format!("`{text}` is no IPv4 range"))
            .hint("write an address and the length of its prefix, like `10.0.0.0/24`"),
    };
    Some(fault.field(field))
}

/// Google's limits for the primary range of a subnetwork: /4 to /29 (cloud.google.com/vpc/docs/subnets).
pub fn check_subnetwork_size(text: &str, field: DocPath) -> Option<Diagnostic> {
    let length = text.parse::<Ipv4Net>().ok()?.prefix_len();
    (!(4..=29).contains(&length)).then(|| {
        Diagnostic::error("range-size", format!("`/{length}` is no size that a subnetwork can have"))
            .field(field)
            .hint("write a prefix from /4 (largest) to /29 (smallest)")
    })
}

/// An address, without a prefix.
pub fn check_address(text: &str, field: DocPath) -> Option<Diagnostic> {
    if text.parse::<IpAddr>().is_ok() {
        return None;
    }
    let hint = match text.split_once('/') {
        Some((address, _)) if address.parse::<IpAddr>().is_ok() => format!("write `{address}`, without the prefix"),
        _ => "write an address like `10.0.0.5`".to_owned(),
    };
    Some(Diagnostic::error("bad-address", format!("`{text}` is no IP address")).field(field).hint(hint))
}

/// An address or a range without host bits.
pub fn check_address_or_range(text: &str, field: DocPath) -> Option<Diagnostic> {
    if text.parse::<IpAddr>().is_ok() || text.parse::<IpNet>().is_ok_and(|range| range.addr() == range.network()) {
        return None;
    }
    let hint = match text.parse::<IpNet>() {
        Ok(range) => format!("write `{}`", range.trunc()),
        Err(_) => "write an address like `203.0.113.5` or a range like `203.0.113.0/24`".to_owned(),
    };
    Some(Diagnostic::error("bad-cidr", format!("`{text}` is no address or range")).field(field).hint(hint))
}

/// Whether a range can become another by growing: the new one holds the old one. Equal ranges grow.
pub fn grows(from: &str, to: &str) -> bool {
    match (from.parse::<IpNet>(), to.parse::<IpNet>()) {
        (Ok(from), Ok(to)) => to.trunc().contains(&from.trunc()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(fault: Option<Diagnostic>) -> String {
        fault.and_then(|fault| fault.hint).unwrap_or_default()
    }

    #[test]
    fn a_range_has_no_host_bits() {
        let check = |text| check_ipv4(text, DocPath::root());
        assert_eq!(check("10.0.0.0/24"), None);
        assert_eq!(hint(check("10.0.0.5/24")), "write `10.0.0.0/24`");
        for text in ["10.0.0.0", "10.0.0.0/33", "fd20::/48", "", "10.0.0/24"] {
            assert!(check(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_subnetwork_has_a_size_that_google_gives() {
        let check = |text| check_subnetwork_size(text, DocPath::root());
        assert!(check("10.0.0.0/29").is_none() && check("16.0.0.0/4").is_none());
        assert!(check("10.0.0.0/30").is_some() && check("0.0.0.0/3").is_some());
    }

    #[test]
    fn an_address_has_no_prefix() {
        let check = |text| check_address(text, DocPath::root());
        assert_eq!(check("10.0.0.5"), None);
        assert_eq!(check("fd20::1"), None);
        assert_eq!(hint(check("10.0.0.5/24")), "write `10.0.0.5`, without the prefix");
        assert!(check("10.0.0").is_some());
    }

    #[test]
    fn an_address_or_a_range_will_do() {
        let check = |text| check_address_or_range(text, DocPath::root());
        assert!(check("203.0.113.5").is_none() && check("203.0.113.0/24").is_none() && check("::/0").is_none());
        assert_eq!(hint(check("203.0.113.5/24")), "write `203.0.113.0/24`");
        assert!(check("office").is_some());
    }

    #[test]
    fn a_range_grows_only_around_itself() {
        assert!(grows("10.0.0.0/24", "10.0.0.0/23") && grows("10.0.1.0/24", "10.0.0.0/23"));
        assert!(grows("10.0.0.0/24", "10.0.0.0/24"));
        assert!(!grows("10.0.0.0/24", "10.0.0.0/25") && !grows("10.0.0.0/24", "10.1.0.0/23"));
        assert!(!grows("10.0.0.0/24", "nonsense"));
    }
}
