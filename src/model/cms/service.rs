//! Services of Cisco Meeting Server and what each takes: how many files, in which order, and whether the chain stands in
//! the certificate's own file.

/// A service that is given certificates.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Service {
    /// `webadmin`
    WebAdmin,
    /// `callbridge`
    CallBridge,
    /// `webbridge` of version 2.
    WebBridge2,
    /// `webbridge3 https`
    WebBridge3Https,
    /// `webbridge3 c2w`
    WebBridge3C2w,
    /// `xmpp`
    Xmpp,
    /// `turn`
    Turn,
    /// `loadbalancer`
    LoadBalancer,
    /// `trunk`
    Trunk,
    /// `h323_gateway`
    H323,
    /// `database cluster`
    Database,
    /// `scheduler c2w`
    SchedulerC2w,
    /// `scheduler https`
    SchedulerHttps,
    /// `recorder`, with or without `sip`
    Recorder,
    /// `streamer`, with or without `sip`
    Streamer,
}

impl Service {
    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::WebAdmin => "Web Admin",
            Self::CallBridge => "Call Bridge",
            Self::WebBridge2 => "Web Bridge",
            Self::WebBridge3Https => "Web Bridge 3",
            Self::WebBridge3C2w => "Web Bridge 3 (C2W)",
            Self::Xmpp => "XMPP server",
            Self::Turn => "TURN server",
            Self::LoadBalancer => "load balancer",
            Self::Trunk => "trunk",
            Self::H323 => "H.323 gateway",
            Self::Database => "database cluster",
            Self::SchedulerC2w => "scheduler (C2W)",
            Self::SchedulerHttps => "scheduler",
            Self::Recorder => "recorder",
            Self::Streamer => "streamer",
        }
    }

    /// The word of the MMP that turns it on and off.
    pub fn word(self) -> &'static str {
        match self {
            Self::WebAdmin => "webadmin",
            Self::CallBridge => "callbridge",
            Self::WebBridge2 => "webbridge",
            Self::WebBridge3Https | Self::WebBridge3C2w => "webbridge3",
            Self::Xmpp => "xmpp",
            Self::Turn => "turn",
            Self::LoadBalancer => "loadbalancer",
            Self::Trunk => "trunk",
            Self::H323 => "h323_gateway",
            Self::Database => "database cluster",
            Self::SchedulerC2w | Self::SchedulerHttps => "scheduler",
            Self::Recorder => "recorder",
            Self::Streamer => "streamer",
        }
    }

    /// The words that give it certificates, without those.
    pub fn certs_command(self) -> &'static str {
        match self {
            Self::WebBridge3Https => "webbridge3 https certs",
            Self::WebBridge3C2w => "webbridge3 c2w certs",
            Self::SchedulerC2w => "scheduler c2w certs",
            Self::SchedulerHttps => "scheduler https certs",
            Self::WebAdmin => "webadmin certs",
            Self::CallBridge => "callbridge certs",
            Self::WebBridge2 => "webbridge certs",
            Self::Xmpp => "xmpp certs",
            Self::Turn => "turn certs",
            Self::LoadBalancer => "loadbalancer certs",
            Self::Trunk => "trunk certs",
            Self::H323 => "h323_gateway certs",
            Self::Database => "database cluster certs",
            Self::Recorder => "recorder sip certs",
            Self::Streamer => "streamer sip certs",
        }
    }

    /// The service of a first word alone.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "webadmin" => Self::WebAdmin,
            "callbridge" => Self::CallBridge,
            "webbridge" => Self::WebBridge2,
            "webbridge3" => Self::WebBridge3Https,
            "xmpp" => Self::Xmpp,
            "turn" => Self::Turn,
            "loadbalancer" => Self::LoadBalancer,
            "trunk" => Self::Trunk,
            "h323_gateway" => Self::H323,
            "scheduler" => Self::SchedulerHttps,
            "recorder" => Self::Recorder,
            "streamer" => Self::Streamer,
            _ => return None,
        })
    }

    /// Its certificate file holds the whole chain, and no bundle is named.
    pub fn takes_full_chain(self) -> bool {
        matches!(self, Self::WebBridge3Https | Self::WebBridge3C2w | Self::SchedulerC2w)
    }

    /// How many files it takes, and what they are.
    pub fn files(self) -> (&'static [usize], &'static str) {
        match self {
            Self::Database => (
                &[3, 5],
                "5 files (server key, server certificate, client key, client certificate, CA certificate), or the last 3 where the node only connects",
            ),
            Self::SchedulerHttps => (&[2], "2 files: key and certificate"),
            it if it.takes_full_chain() => {
                (&[2], "2 files, key and full chain: the CA certificates stand in the second one")
            }
            _ => (&[2, 3], "2 or 3 files: key, certificate, CA bundle"),
        }
    }

    /// It was taken out in version 3.0.
    pub fn ends_with_3(self) -> bool {
        matches!(self, Self::WebBridge2 | Self::Xmpp | Self::LoadBalancer | Self::Trunk | Self::H323)
    }

    /// The first version that has it, for services that came later.
    pub fn since(self) -> Option<(u16, u16)> {
        match self {
            Self::WebBridge3Https | Self::WebBridge3C2w => Some((2, 9)),
            Self::SchedulerC2w | Self::SchedulerHttps => Some((3, 3)),
            _ => None,
        }
    }

    /// It must be turned off before it takes other certificates.
    pub fn is_switched(self) -> bool {
        matches!(
            self,
            Self::WebAdmin
                | Self::WebBridge2
                | Self::WebBridge3Https
                | Self::WebBridge3C2w
                | Self::Xmpp
                | Self::Turn
        )
    }
}
