//! Which change of a neighbor or of the instance does what to running sessions, as data.
//!
//! Measured with FRR 8.4 and its reload tool on a running bgpd. The answer depends on what the
//! session negotiated: MetalLB's native speakers have no route refresh, so that some changes which
//! pass unnoticed elsewhere reset them or stay without effect. Nothing here reads a router.
//! Read next: [`super::vtysh`], where [`Session`] can be had from.

/// A change of the router's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Another neighbor is added.
    NeighborAdded,
    /// A neighbor is removed: its own session ends, others do not notice.
    NeighborRemoved,
    /// Another order of the same neighbors.
    NeighborOrder,
    /// The description of a neighbor.
    Description,
    /// Keepalive, hold or connect timers.
    Timers,
    /// A prefix list is attached, detached or replaced by one of another name.
    PrefixListAttached,
    /// Rows of a prefix list that a neighbor names directly.
    PrefixListRows,
    /// Rows of a prefix list that a route map matches.
    PrefixListRowsBehindRouteMap,
    /// A route map is attached that is defined in the same reload.
    RouteMapAttachedAtOnce,
    /// A route map is attached that an earlier reload has defined.
    RouteMapAttached,
    /// Which communities are sent.
    SendCommunity,
    /// The next hop is set to the router itself.
    NextHopSelf,
    /// The limit for received prefixes.
    MaximumPrefix,
    /// Received routes are kept from now on.
    SoftReconfigurationAdded,
    /// The timers of graceful restart.
    GracefulRestartTimers,
    /// BFD on a neighbor, where bfdd runs already.
    Bfd,
    /// Checks the router's own networks against its table.
    ImportCheck,
    /// The tick that lets sessions without a policy exchange routes.
    EbgpRequiresPolicy,
    /// The neighbor's ASN. FRR resets one session; nothing else is touched.
    RemoteAs,
    /// The router's own ASN.
    OwnAs,
    /// The router's identifier.
    RouterId,
    /// Hops allowed on external sessions.
    EbgpMultihop,
    /// The address the session starts from.
    UpdateSource,
    /// The TCP-MD5 password.
    Password,
    /// Membership of a peer group.
    PeerGroup,
    /// Administrative shutdown, on or off.
    Shutdown,
    /// Whether the router waits to be dialed.
    Passive,
    /// The check of the packets' TTL.
    TtlSecurity,
    /// The set of daemons that run: the first use of BFD, OSPF, RPKI or SNMP.
    Daemons,
}

impl Change {
    /// Every change that has a row.
    pub const ALL: [Change; 29] = [
        Change::NeighborAdded,
        Change::NeighborRemoved,
        Change::NeighborOrder,
        Change::Description,
        Change::Timers,
        Change::PrefixListAttached,
        Change::PrefixListRows,
        Change::PrefixListRowsBehindRouteMap,
        Change::RouteMapAttachedAtOnce,
        Change::RouteMapAttached,
        Change::SendCommunity,
        Change::NextHopSelf,
        Change::MaximumPrefix,
        Change::SoftReconfigurationAdded,
        Change::GracefulRestartTimers,
        Change::Bfd,
        Change::ImportCheck,
        Change::EbgpRequiresPolicy,
        Change::RemoteAs,
        Change::OwnAs,
        Change::RouterId,
        Change::EbgpMultihop,
        Change::UpdateSource,
        Change::Password,
        Change::PeerGroup,
        Change::Shutdown,
        Change::Passive,
        Change::TtlSecurity,
        Change::Daemons,
    ];
}

/// What a change does to sessions that are up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing is interrupted, and nothing more is needed.
    None,
    /// Nothing is interrupted; used from the next time the session comes up.
    NextSession,
    /// The routes are judged anew at once: FRR asks the peer again, or has kept its routes.
    Refreshed,
    /// The routes are judged anew after the route-map delay, about 5 s; permitted ones stay.
    RefreshedLater,
    /// No routes for 5 to 6 s, then the right ones. The session stays.
    Gap,
    /// The old verdict stays until `clear bgp ... soft in`, which works here.
    NeedsSoftClear,
    /// The old verdict stays until the session is reset: a soft clear is refused.
    NeedsReset,
    /// This session is reset.
    ResetsSession,
    /// All sessions of the router are reset.
    ResetsAll,
    /// All daemons are restarted.
    RestartsDaemons,
}

/// How far an interruption goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interruption {
    /// Every session stays.
    None,
    /// The changed neighbor's session drops.
    OneSession,
    /// All BGP sessions drop.
    AllSessions,
    /// All daemons stop, other protocols included.
    AllDaemons,
}

impl Effect {
    /// How far the change itself interrupts, before anything that it needs afterwards.
    pub const fn interruption(self) -> Interruption {
        match self {
            Effect::ResetsSession => Interruption::OneSession,
            Effect::ResetsAll => Interruption::AllSessions,
            Effect::RestartsDaemons => Interruption::AllDaemons,
            Effect::None
            | Effect::NextSession
            | Effect::Refreshed
            | Effect::RefreshedLater
            | Effect::Gap
            | Effect::NeedsSoftClear
            | Effect::NeedsReset => Interruption::None,
        }
    }
}

/// What decides between the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Both ends negotiated route refresh.
    pub route_refresh: bool,
    /// Soft reconfiguration inbound was on when the session came up.
    pub soft_reconfiguration: bool,
}

impl Session {
    /// FRR and most other routers.
    pub const REFRESHING: Session = Session { route_refresh: true, soft_reconfiguration: false };
    /// MetalLB's native speaker, with a neighbor that keeps no received routes.
    pub const NATIVE: Session = Session { route_refresh: false, soft_reconfiguration: false };
    /// MetalLB's native speaker, with soft reconfiguration from the start.
    pub const NATIVE_SOFT: Session = Session { route_refresh: false, soft_reconfiguration: true };
}

/// The effects of a change, by column.
struct Row {
    refreshing: Effect,
    kept: Effect,
    neither: Effect,
}

const fn same(effect: Effect) -> Row {
    Row { refreshing: effect, kept: effect, neither: effect }
}

/// The table.
const fn row(change: Change) -> Row {
    match change {
        Change::NeighborAdded
        | Change::NeighborOrder
        | Change::Description
        | Change::SendCommunity
        | Change::NextHopSelf
        | Change::MaximumPrefix
        | Change::GracefulRestartTimers
        | Change::Bfd
        | Change::ImportCheck => same(Effect::None),
        Change::Timers => same(Effect::NextSession),
        Change::PrefixListAttached => {
            Row { refreshing: Effect::Refreshed, kept: Effect::Refreshed, neither: Effect::NeedsReset }
        }
        Change::PrefixListRows => Row {
            refreshing: Effect::NeedsSoftClear,
            kept: Effect::NeedsSoftClear,
            neither: Effect::NeedsReset,
        },
        Change::PrefixListRowsBehindRouteMap => Row {
            refreshing: Effect::RefreshedLater,
            kept: Effect::RefreshedLater,
            neither: Effect::NeedsReset,
        },
        Change::RouteMapAttachedAtOnce => {
            Row { refreshing: Effect::Gap, kept: Effect::Gap, neither: Effect::NeedsReset }
        }
        Change::RouteMapAttached => {
            Row { refreshing: Effect::Refreshed, kept: Effect::Refreshed, neither: Effect::NeedsReset }
        }
        Change::EbgpRequiresPolicy => Row {
            refreshing: Effect::NeedsSoftClear,
            kept: Effect::NeedsSoftClear,
            neither: Effect::NeedsReset,
        },
        Change::SoftReconfigurationAdded => {
            Row { refreshing: Effect::None, kept: Effect::None, neither: Effect::ResetsSession }
        }
        Change::NeighborRemoved
        | Change::RemoteAs
        | Change::EbgpMultihop
        | Change::UpdateSource
        | Change::Password
        | Change::PeerGroup
        | Change::Shutdown
        | Change::Passive
        | Change::TtlSecurity => same(Effect::ResetsSession),
        Change::OwnAs | Change::RouterId => same(Effect::ResetsAll),
        Change::Daemons => same(Effect::RestartsDaemons),
    }
}

/// What a change does to a session.
pub const fn effect(change: Change, session: Session) -> Effect {
    let row = row(change);
    match (session.route_refresh, session.soft_reconfiguration) {
        (true, _) => row.refreshing,
        (false, true) => row.kept,
        (false, false) => row.neither,
    }
}

/// How far several changes together interrupt, seen from one session that all of them concern.
pub fn interruption(changes: impl IntoIterator<Item = Change>, session: Session) -> Interruption {
    changes
        .into_iter()
        .map(|change| effect(change, session).interruption())
        .max()
        .unwrap_or(Interruption::None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Effect::*;

    /// Change; with route refresh; without but kept; with neither.
    const TABLE: &[(Change, Effect, Effect, Effect)] = &[
        (Change::NeighborAdded, None, None, None),
        (Change::NeighborRemoved, ResetsSession, ResetsSession, ResetsSession),
        (Change::NeighborOrder, None, None, None),
        (Change::Description, None, None, None),
        (Change::Timers, NextSession, NextSession, NextSession),
        (Change::PrefixListAttached, Refreshed, Refreshed, NeedsReset),
        (Change::PrefixListRows, NeedsSoftClear, NeedsSoftClear, NeedsReset),
        (Change::PrefixListRowsBehindRouteMap, RefreshedLater, RefreshedLater, NeedsReset),
        (Change::RouteMapAttachedAtOnce, Gap, Gap, NeedsReset),
        (Change::RouteMapAttached, Refreshed, Refreshed, NeedsReset),
        (Change::SendCommunity, None, None, None),
        (Change::NextHopSelf, None, None, None),
        (Change::MaximumPrefix, None, None, None),
        (Change::SoftReconfigurationAdded, None, None, ResetsSession),
        (Change::GracefulRestartTimers, None, None, None),
        (Change::Bfd, None, None, None),
        (Change::ImportCheck, None, None, None),
        (Change::EbgpRequiresPolicy, NeedsSoftClear, NeedsSoftClear, NeedsReset),
        (Change::RemoteAs, ResetsSession, ResetsSession, ResetsSession),
        (Change::OwnAs, ResetsAll, ResetsAll, ResetsAll),
        (Change::RouterId, ResetsAll, ResetsAll, ResetsAll),
        (Change::EbgpMultihop, ResetsSession, ResetsSession, ResetsSession),
        (Change::UpdateSource, ResetsSession, ResetsSession, ResetsSession),
        (Change::Password, ResetsSession, ResetsSession, ResetsSession),
        (Change::PeerGroup, ResetsSession, ResetsSession, ResetsSession),
        (Change::Shutdown, ResetsSession, ResetsSession, ResetsSession),
        (Change::Passive, ResetsSession, ResetsSession, ResetsSession),
        (Change::TtlSecurity, ResetsSession, ResetsSession, ResetsSession),
        (Change::Daemons, RestartsDaemons, RestartsDaemons, RestartsDaemons),
    ];

    #[test]
    fn every_change_has_its_measured_effect_in_every_column() {
        assert_eq!(TABLE.iter().map(|row| row.0).collect::<Vec<_>>(), Change::ALL);
        for &(change, refreshing, kept, neither) in TABLE {
            assert_eq!(effect(change, Session::REFRESHING), refreshing, "{change:?}");
            assert_eq!(effect(change, Session::NATIVE_SOFT), kept, "{change:?}");
            assert_eq!(effect(change, Session::NATIVE), neither, "{change:?}");
        }
    }

    #[test]
    fn the_farthest_interruption_counts() {
        let session = Session::REFRESHING;
        assert_eq!(interruption([], session), Interruption::None);
        assert_eq!(interruption([Change::Description, Change::PrefixListRows], session), Interruption::None);
        assert_eq!(interruption([Change::RouterId, Change::Passive], session), Interruption::AllSessions);
        assert_eq!(interruption([Change::Daemons, Change::OwnAs], session), Interruption::AllDaemons);
    }
}
