//! IPv4 ranges: what a subnet may be, what of it can be used, what overlaps.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::fail;
use crate::sandbox::fault::Fault;

/// The subnets of an auto-mode network: region and range.
pub(super) const AUTO_SUBNETS: [(&str, &str); 42] = [
    ("africa-south1", "10.218.0.0/20"),
    ("asia-east1", "10.140.0.0/20"),
    ("asia-east2", "10.170.0.0/20"),
    ("asia-northeast1", "10.146.0.0/20"),
    ("asia-northeast2", "10.174.0.0/20"),
    ("asia-northeast3", "10.178.0.0/20"),
    ("asia-south1", "10.160.0.0/20"),
    ("asia-south2", "10.190.0.0/20"),
    ("asia-southeast1", "10.148.0.0/20"),
    ("asia-southeast2", "10.184.0.0/20"),
    ("australia-southeast1", "10.152.0.0/20"),
    ("australia-southeast2", "10.192.0.0/20"),
    ("europe-central2", "10.186.0.0/20"),
    ("europe-north1", "10.166.0.0/20"),
    ("europe-north2", "10.226.0.0/20"),
    ("europe-southwest1", "10.204.0.0/20"),
    ("europe-west1", "10.132.0.0/20"),
    ("europe-west10", "10.214.0.0/20"),
    ("europe-west12", "10.210.0.0/20"),
    ("europe-west2", "10.154.0.0/20"),
    ("europe-west3", "10.156.0.0/20"),
    ("europe-west4", "10.164.0.0/20"),
    ("europe-west6", "10.172.0.0/20"),
    ("europe-west8", "10.198.0.0/20"),
    ("europe-west9", "10.200.0.0/20"),
    ("me-central1", "10.212.0.0/20"),
    ("me-central2", "10.216.0.0/20"),
    ("me-west1", "10.208.0.0/20"),
    ("northamerica-northeast1", "10.162.0.0/20"),
    ("northamerica-northeast2", "10.188.0.0/20"),
    ("northamerica-south1", "10.224.0.0/20"),
    ("southamerica-east1", "10.158.0.0/20"),
    ("southamerica-west1", "10.194.0.0/20"),
    ("us-central1", "10.128.0.0/20"),
    ("us-east1", "10.142.0.0/20"),
    ("us-east4", "10.150.0.0/20"),
    ("us-east5", "10.202.0.0/20"),
    ("us-south1", "10.206.0.0/20"),
    ("us-west1", "10.138.0.0/20"),
    ("us-west2", "10.168.0.0/20"),
    ("us-west3", "10.180.0.0/20"),
    ("us-west4", "10.182.0.0/20"),
];

/// Reads a subnet's range.
///
/// # Errors
/// It is no range, has host bits, or is smaller than a /29 or larger than a /4.
pub(super) fn subnet(field: &str, text: &str) -> Result<Ipv4Net, Fault> {
    let range: Ipv4Net = text.parse().map_err(|_| fail::field(field, text, "Must be a CIDR address range."))?;
    if range.network() != range.addr() {
        let why = format!(
            "CIDR address range must start at its network address: {}/{}.",
            range.network(),
            range.prefix_len()
        );
        return Err(fail::field(field, text, &why));
    }
    if !(4..=29).contains(&range.prefix_len()) {
        return Err(fail::field(field, text, "CIDR prefix length must be between 4 and 29, inclusive."));
    }
    Ok(range)
}

/// Whether two ranges share an address.
pub(super) fn overlap(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b) || b.contains(&a)
}

/// The first address of a range that a machine could have is the gateway's.
pub(super) fn gateway(range: Ipv4Net) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(range.network()) + 1)
}

/// Whether Google keeps an address of a range for itself: the first two and the last two.
pub(super) fn is_reserved(range: Ipv4Net, address: Ipv4Addr) -> bool {
    let (first, last) = (u32::from(range.network()), u32::from(range.broadcast()));
    let address = u32::from(address);
    address <= first + 1 || address + 1 >= last
}

/// The first free address of a range.
pub(super) fn free(range: Ipv4Net, taken: impl Fn(Ipv4Addr) -> bool) -> Option<Ipv4Addr> {
    // A /16 and no further: nobody fills one by hand.
    range.hosts().take(65_536).find(|address| !is_reserved(range, *address) && !taken(*address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_whole_and_of_a_size_that_google_takes() {
        assert!(subnet("f", "10.0.0.0/24").is_ok());
        for wrong in ["10.0.0.1/24", "10.0.0.0/30", "10.0.0.0", "fd00::/64", "10.0.0.0/33", "0.0.0.0/3", ""] {
            assert!(subnet("f", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_first_and_last_two_addresses_are_googles() {
        let range: Ipv4Net = "10.0.0.0/29".parse().unwrap();
        assert_eq!(gateway(range).to_string(), "10.0.0.1");
        assert_eq!(free(range, |_| false).unwrap().to_string(), "10.0.0.2");
        let all: Vec<_> = range.hosts().filter(|address| !is_reserved(range, *address)).collect();
        assert_eq!(all.len(), 4);
        assert_eq!(free(range, |_| true), None);
    }
}
