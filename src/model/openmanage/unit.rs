//! What one file says about OpenManage Enterprise: tasks and requests that upload or ask, and what appliances answered.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    model::said::Said,
    source::Location,
    x509::{Request, Time},
};

/// Everything one file says about OpenManage Enterprise.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unit {
    /// Uploads.
    pub uploads: Vec<Upload>,
    /// Commands of the Ansible module that it does not know.
    pub unknown_commands: Vec<Said>,
    /// What a request for a certificate is to say.
    pub payloads: Vec<Payload>,
    /// Requests that an appliance has given, as text in another format.
    pub requests: Vec<(Location, Arc<Request>)>,
    /// Files that a playbook writes such a request to.
    pub written_requests: Vec<Said>,
    /// What appliances answered, in order of the file.
    pub answers: Vec<Answer>,
    /// Answers of a kind beyond those that were kept, by that kind.
    pub more: Vec<(Reason, usize)>,
}

impl Unit {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.uploads.is_empty()
            && self.unknown_commands.is_empty()
            && self.payloads.is_empty()
            && self.requests.is_empty()
            && self.answers.is_empty()
    }
}

/// What an appliance is told to do with a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mode {
    /// It is the certificate of the appliance, alone.
    Server,
    /// It is the chain of the appliance, as a migration needs it.
    Chain,
}

/// A line that uploads a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upload {
    /// The command, as it is written.
    pub command: Said,
    /// What it does.
    pub mode: Mode,
    /// The file.
    pub file: Said,
}

/// What a request for a certificate is to say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payload {
    /// The task, or the body of the call.
    pub at: Location,
    /// What was written, under the names of the interface.
    #[serde(deserialize_with = "with_values")]
    pub fields: Vec<(&'static Field, Said)>,
    /// Fields that have a value somebody else gives: a template, or what holds for a whole block.
    #[serde(deserialize_with = "known")]
    pub given: Vec<&'static Field>,
    /// Written for the Ansible module, under its names.
    pub is_task: bool,
}

/// A field of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the interface.
    pub rest: &'static str,
    /// Its name in the Ansible module.
    pub ansible: &'static str,
    /// The appliance does without it.
    pub optional: bool,
}

/// All fields.
pub static FIELDS: &[Field] = &[
    Field { rest: "DistinguishedName", ansible: "distinguished_name", optional: false },
    Field { rest: "DepartmentName", ansible: "department_name", optional: false },
    Field { rest: "BusinessName", ansible: "business_name", optional: false },
    Field { rest: "Locality", ansible: "locality", optional: false },
    Field { rest: "State", ansible: "country_state", optional: false },
    Field { rest: "Country", ansible: "country", optional: false },
    Field { rest: "Email", ansible: "email", optional: false },
    Field { rest: "San", ansible: "subject_alternative_names", optional: true },
];

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.rest.serialize(to)
    }
}

fn field<E: de::Error>(name: &str) -> Result<&'static Field, E> {
    FIELDS.iter().find(|it| it.rest == name).ok_or_else(|| E::custom(format!("there is no field `{name}`")))
}

fn known<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<&'static Field>, D::Error> {
    Vec::<String>::deserialize(from)?.iter().map(|name| field(name)).collect()
}

fn with_values<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(&'static Field, Said)>, D::Error> {
    let all = Vec::<(String, Said)>::deserialize(from)?;
    all.into_iter().map(|(name, said)| Ok((field(&name)?, said))).collect()
}

/// A refusal of an appliance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The words that say why.
    pub at: Location,
    /// Why.
    pub reason: Reason,
    /// As it was logged; `None` where the text has no time.
    pub moment: Option<String>,
    /// It was an upload of a chain; `None` where that is not said.
    pub mode: Option<Mode>,
    /// The appliance calls it a warning or less.
    pub mild: bool,
}

/// Why an appliance refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// CGEN1008, `Invalid CSR key.`
    RequestKey,
    /// CGEN1008, `Invalid certificate chain provided.`
    Chain,
    /// CGEN1008, `No Client/Server authentication EKU present in leaf certificate.`
    Purposes,
    /// CGEN1008, `User Certificate is not a web server certificate.`
    KeyEncipherment,
    /// CSEC9002.
    File,
    /// CGEN6002, with the field it is about.
    Value(String),
    /// `Unable to mutually authenticate and connect to the remote appliance.`
    Connection,
    /// CGEN1008 of an upload, with another argument.
    Other(String),
}

/// What is published about the arguments of CGEN1008.
pub const ARGUMENTS: &[(&str, Reason)] = &[
    ("Invalid CSR key.", Reason::RequestKey),
    ("Invalid certificate chain provided.", Reason::Chain),
    ("No Client/Server authentication EKU present in leaf certificate.", Reason::Purposes),
    ("User Certificate is not a web server certificate.", Reason::KeyEncipherment),
];

/// What is said about an appliance beside the tree.
#[derive(Clone, Debug)]
pub struct Profile {
    /// What it is called.
    pub name: String,
    /// The request that it gave, as a path of the tree.
    pub request: Option<String>,
    /// What is uploaded.
    pub chain: String,
    /// What it is uploaded as.
    pub mode: Option<Mode>,
    /// What is uploaded to the other appliance of a migration.
    pub peer: Option<String>,
    /// The clock of the appliance.
    pub now: Option<Time>,
}
