//! Certificates, requests, revocation lists and keys as plain owned values.
// STUB for the doors: the merge takes the other side's file whole.
#![allow(missing_docs)]

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);
#[derive(Debug)]
pub struct Certificate;
#[derive(Copy, Clone, Debug)]
pub struct KeyKind;
#[derive(Clone, Debug)]
pub struct LockedKey;
#[derive(Clone, Debug)]
pub struct PublicKey;
#[derive(Debug)]
pub struct Request;
#[derive(Debug)]
pub struct RevocationList;
