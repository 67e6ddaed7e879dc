//! Which addresses may be called: nothing that a person or another server names may lead to this
//! machine or its neighbours.
//!
//! The name is judged before the call, and what it resolves to is judged again at the moment of
//! connecting, by [`Filtered`]: a name may point inside, or change where it points.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower::Service;
use url::{Host, Url};

use super::Address;
use crate::call::Reach;

/// Why an address may not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefused {
    /// No address at all.
    #[error("the address cannot be read")]
    Unreadable,
    /// Not https.
    #[error("only https addresses may be called")]
    NotHttps,
    /// A name and password stand in it.
    #[error("an address with a user name in it is not called")]
    HasUser,
    /// It lies on this machine or in a private network.
    #[error("the address lies on this machine or in a private network")]
    NotPublic,
}

/// Judges an address by its text.
///
/// # Errors
/// [`AddressRefused`], with the first thing that is wrong.
pub(super) fn judge(text: &str, address: Address) -> Result<Url, AddressRefused> {
    let url = Url::parse(text).map_err(|_| AddressRefused::Unreadable)?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(AddressRefused::NotHttps);
    }
    let host = url.host().ok_or(AddressRefused::Unreadable)?;
    let Address::Given(reach) = address else {
        return Ok(url);
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressRefused::HasUser);
    }
    let loopback = match &host {
        Host::Domain(name) => is_localhost(name),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    if loopback {
        return if reach == Reach::LoopbackToo {
            Ok(url)
        } else {
            Err(AddressRefused::NotPublic)
        };
    }
    if url.scheme() != "https" {
        return Err(AddressRefused::NotHttps);
    }
    let public = match &host {
        Host::Domain(_) => true,
        Host::Ipv4(ip) => is_public(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => is_public(IpAddr::V6(*ip)),
    };
    if public {
        Ok(url)
    } else {
        Err(AddressRefused::NotPublic)
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an IP address is one of the public internet: none of the private, shared, loopback,
/// link-local, multicast, documentation, benchmarking or reserved ranges, nor an IPv6 address that
/// carries such an IPv4 address in itself.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocols = a == 192 && b == 0 && c == 0;
    let relay = a == 192 && b == 88 && c == 99;
    let benchmarks = a == 198 && (18..20).contains(&b);
    !(a == 0
        || a >= 224
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_documentation()
        || shared
        || protocols
        || relay
        || benchmarks)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = ip.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [a, b, ..] = ip.segments();
    let inner = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match a {
        // 6to4 carries an IPv4 address behind its prefix; Teredo hides one: no server lives there.
        0x2002 => is_public_v4(inner(b, ip.segments()[2])),
        0x2001 if b == 0 || b == 0x0db8 || (b & 0xfff0) == 0x0010 || (b & 0xfff0) == 0x0020 => {
            false
        }
        0x3fff if b < 0x1000 => false,
        // NAT64 carries one at its end.
        0x0064 if b == 0xff9b && ip.segments()[2..6] == [0; 4] => {
            is_public_v4(inner(ip.segments()[6], ip.segments()[7]))
        }
        // All that is given out to the world lies in 2000::/3.
        _ => (a & 0xe000) == 0x2000,
    }
}

/// Which resolved addresses are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Through {
    /// All: the address is from our settings.
    All,
    /// Public ones.
    Public,
    /// Public ones and this machine's own.
    PublicAndLoopback,
}

impl Through {
    fn lets(self, ip: IpAddr) -> bool {
        match self {
            Self::All => true,
            Self::Public => is_public(ip),
            Self::PublicAndLoopback => is_public(ip) || ip.is_loopback(),
        }
    }
}

/// The system's resolver, with what may not be called left out of its answers.
#[derive(Clone)]
pub(super) struct Filtered {
    resolver: GaiResolver,
    through: Through,
}

impl Filtered {
    pub(super) fn new(through: Through) -> Self {
        Self {
            resolver: GaiResolver::new(),
            through,
        }
    }
}

impl Service<Name> for Filtered {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        self.resolver.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let asked = self.resolver.call(name);
        let through = self.through;
        Box::pin(async move {
            let allowed: Vec<SocketAddr> = asked
                .await?
                .filter(|found| through.lets(found.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    AddressRefused::NotPublic,
                ));
            }
            Ok(allowed.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_ranges_are_told_from_public_ones() {
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::1",
            "2002:7f00:1::",
            "3fff::1",
            "100::1",
        ] {
            assert!(
                !is_public(inside.parse().unwrap()),
                "{inside} is not public"
            );
        }
        for outside in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside} is public");
        }
    }

    #[test]
    fn given_addresses_are_judged_by_their_text() {
        let public = Address::Given(Reach::PublicOnly);
        let near = Address::Given(Reach::LoopbackToo);
        let verdict = |text: &str, address| judge(text, address).err();
        assert_eq!(verdict("https://pds.example.org/x?y", public), None);
        assert_eq!(verdict("https://pds.example.org:8443/x", public), None);
        assert_eq!(
            verdict("http://pds.example.org/x", public),
            Some(AddressRefused::NotHttps)
        );
        assert_eq!(
            verdict("http://pds.example.org/x", near),
            Some(AddressRefused::NotHttps)
        );
        assert_eq!(
            verdict("file:///etc/passwd", public),
            Some(AddressRefused::NotHttps)
        );
        assert_eq!(
            verdict("no address", public),
            Some(AddressRefused::Unreadable)
        );
        assert_eq!(
            verdict("https://a:b@pds.example.org/", public),
            Some(AddressRefused::HasUser)
        );
        for inside in [
            "https://localhost/",
            "https://a.localhost/",
            "https://LOCALHOST./",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]/",
            "http://localhost:2583/",
        ] {
            assert_eq!(
                verdict(inside, public),
                Some(AddressRefused::NotPublic),
                "{inside}"
            );
            assert_eq!(verdict(inside, near), None, "{inside}");
        }
        for inside in [
            "https://10.0.0.1/",
            "https://169.254.169.254/latest",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
        ] {
            assert_eq!(
                verdict(inside, near),
                Some(AddressRefused::NotPublic),
                "{inside}"
            );
            assert_eq!(verdict(inside, Address::Configured), None, "{inside}");
        }
    }

    #[test]
    fn what_a_name_resolves_to_is_judged_too() {
        let inside: IpAddr = "192.168.0.9".parse().unwrap();
        let own: IpAddr = "127.0.0.1".parse().unwrap();
        assert!(Through::All.lets(inside));
        assert!(!Through::Public.lets(inside) && !Through::Public.lets(own));
        assert!(!Through::PublicAndLoopback.lets(inside) && Through::PublicAndLoopback.lets(own));
    }
}
