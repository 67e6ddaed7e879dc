//! The door: the first account, passwords, one-time links.

use std::net::IpAddr;

use domain::Timestamp;
use domain::ids::{MemberId, PersonId, WorkspaceId};
use domain::member::{Member, Role};
use domain::schedule::plus_ms;
use secrecy::{ExposeSecret as _, SecretString};
use storage::codes::{self, Purpose};
use storage::people::{self, Person};
use storage::sets::SocialSet;
use storage::workspaces::Workspace;
use storage::{Conn, audit, sets, workspaces};

use super::{all_of, name, zone};
use crate::password::Passwords;
use crate::problem::{Outcome, Refusal, Words, codes as problems};
use crate::secret;
use crate::state::Web;

/// How long a one-time code may be spent: a day.
pub const CODE_MS: i64 = 24 * 60 * 60 * 1_000;

/// What the first start asks.
#[derive(Clone)]
pub struct FirstStart {
    /// The printed code.
    pub code: String,
    /// The person's name.
    pub name: String,
    /// Their mail address.
    pub mail: String,
    /// Their password.
    pub password: SecretString,
    /// The workspace's name.
    pub workspace: String,
    /// Its zone.
    pub zone: String,
}

/// Whether nobody has an account yet.
///
/// # Errors
/// When the store fails.
pub async fn is_first(web: &Web) -> Outcome<bool> {
    web.read("web.any_person", |conn| Ok(!people::any(conn)?))
        .await
}

/// The code that the program prints while nobody has an account; none any more after that. Each call
/// takes back the one before.
///
/// # Errors
/// When the store fails.
pub async fn first_start_code(web: &Web) -> Outcome<Option<SecretString>> {
    let code = secret::one_time_code(&*web.chance);
    let (hash, now) = (secret::code_hash(code.expose_secret()), web.security_now());
    let made = web
        .write("web.first_start_code", move |conn| {
            codes::withdraw(conn, Purpose::FirstStart)?;
            if people::any(conn)? {
                return Ok(false);
            }
            codes::make(
                conn,
                &hash,
                Purpose::FirstStart,
                None,
                now,
                plus_ms(now, CODE_MS),
            )?;
            Ok(true)
        })
        .await?;
    Ok(made.then_some(code))
}

/// A code for `/enter/CODE` that signs this person in once. Only the demo's are spent by opening the
/// link; others ask for a click, since mail programs open links too.
///
/// # Errors
/// When the store fails.
pub async fn link_code(web: &Web, person: PersonId, purpose: Purpose) -> Outcome<SecretString> {
    let code = secret::one_time_code(&*web.chance);
    let (hash, now) = (secret::code_hash(code.expose_secret()), web.security_now());
    web.write("web.link_code", move |conn| {
        Ok(codes::make(
            conn,
            &hash,
            purpose,
            Some(person),
            now,
            plus_ms(now, CODE_MS),
        )?)
    })
    .await?;
    Ok(code)
}

/// Makes the first account with its workspace and a first social set, and spends the code: all or
/// nothing.
///
/// # Errors
/// Wrong fields; `link_used` when somebody has an account already.
pub async fn first_start(
    web: &Web,
    given: FirstStart,
    address: Option<IpAddr>,
) -> Outcome<PersonId> {
    web.throttle.admit("first-start", address)?;
    let (person, space) = (
        name("name", &given.name),
        name("workspace", &given.workspace),
    );
    let (mail, zone) = (mail(&given.mail), zone("zone", &given.zone));
    let password = Passwords::accept(&given.password);
    all_of([
        person.as_ref().err().cloned(),
        mail.as_ref().err().cloned(),
        password.err(),
        space.as_ref().err().cloned(),
        zone.as_ref().err().cloned(),
    ])?;
    let code = secret::code_hash(&given.code);
    let security_now = web.security_now();
    // Before the costly hash: a wrong code is told at once.
    let open = web.read("web.first_code", move |conn| {
        Ok((
            people::any(conn)?,
            codes::is_open(conn, &code, Purpose::FirstStart, security_now)?,
        ))
    });
    match open.await? {
        (true, _) => return Err(Refusal::new(&problems::LINK_USED)),
        (false, false) => return Err(wrong_code()),
        (false, true) => {}
    }
    let hash = web.passwords.hash(given.password, &*web.chance).await?;
    let new = NewAccount::new(web, person?, mail?, Some(hash), true);
    let house = NewHouse::new(web, new.person.id, space?, zone?);
    let id = new.person.id;
    web.write("web.first_start", move |conn| {
        if people::any(conn)? {
            return Err(Refusal::new(&problems::LINK_USED));
        }
        if codes::spend(conn, &code, Purpose::FirstStart, security_now)?.is_none() {
            return Err(wrong_code());
        }
        people::create(conn, &new.person)?;
        house.store(conn)
    })
    .await?;
    Ok(id)
}

fn wrong_code() -> Refusal {
    Refusal::field("code", "wrong", Words::key("field-code-wrong"))
}

/// An account to be stored.
pub struct NewAccount {
    /// The account.
    pub person: Person,
}

impl NewAccount {
    /// An account with a fresh id.
    #[must_use]
    pub fn new(
        web: &Web,
        name: String,
        mail: String,
        password_hash: Option<String>,
        operator: bool,
    ) -> Self {
        Self {
            person: Person {
                id: web.id(),
                mail,
                name,
                password_hash,
                operator,
                created_at: web.now(),
            },
        }
    }
}

/// A workspace to be stored, with its owner and a first social set of the same name.
pub struct NewHouse {
    /// The workspace.
    pub workspace: Workspace,
    /// Its owner.
    pub owner: Member,
    /// Its first set.
    pub set: SocialSet,
    now: Timestamp,
    line: audit::Entry,
}

impl NewHouse {
    /// With fresh ids.
    #[must_use]
    pub fn new(web: &Web, person: PersonId, name: String, zone: domain::schedule::Zone) -> Self {
        let (id, member): (WorkspaceId, MemberId) = (web.id(), web.id());
        let now = web.now();
        let workspace = Workspace {
            id,
            name: name.clone(),
            zone: zone.clone(),
            created_at: now,
        };
        let owner = Member {
            id: member,
            person,
            workspace: id,
            role: Role::Owner,
            sets: None,
        };
        let lateness_limit_ms = super::sets::LATENESS_MINUTES * 60_000;
        let set = SocialSet {
            id: web.id(),
            workspace: id,
            name: name.clone(),
            zone,
            lateness_limit_ms,
            created_at: now,
        };
        let line = web.audit_line(
            id,
            domain::post::Maker::Member(member),
            "workspace.create",
            id,
            name,
        );
        Self {
            workspace,
            owner,
            set,
            now,
            line,
        }
    }

    /// Stores all of it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn store(&self, conn: &mut Conn<'_>) -> Outcome<()> {
        workspaces::create(conn, &self.workspace)?;
        people::join(conn, &self.owner, self.now)?;
        sets::create(conn, &self.set)?;
        Ok(audit::add(conn, &self.line)?)
    }
}

/// Checks mail address and password.
///
/// # Errors
/// `wrong_password` (the same whatever was wrong), `too_many`.
pub async fn with_password(
    web: &Web,
    given: &str,
    password: SecretString,
    address: Option<IpAddr>,
) -> Outcome<PersonId> {
    let mail: String = given.trim().to_lowercase().chars().take(254).collect();
    web.throttle.admit(&mail, address)?;
    let person = web
        .read("web.person_by_mail", move |conn| {
            Ok(people::by_mail(conn, &mail)?)
        })
        .await?;
    let hash = person
        .as_ref()
        .and_then(|person| person.password_hash.clone());
    let fits = web.passwords.check(password, hash).await?;
    match person {
        Some(person) if fits => Ok(person.id),
        _ => Err(Refusal::new(&problems::WRONG_PASSWORD)),
    }
}

/// Spends the code of a link: the person that it names.
///
/// # Errors
/// `link_used`, `too_many`.
pub async fn with_link(
    web: &Web,
    code: &str,
    purpose: Purpose,
    address: Option<IpAddr>,
) -> Outcome<PersonId> {
    let (hash, now) = (secret::code_hash(code), web.security_now());
    if let Some(address) = address {
        web.throttle.admit(&address.to_string(), Some(address))?;
    }
    let spent = web
        .write("web.enter", move |conn| {
            Ok(codes::spend(conn, &hash, purpose, now)?)
        })
        .await?;
    spent
        .flatten()
        .ok_or_else(|| Refusal::new(&problems::LINK_USED))
}

/// Whether a link of this purpose could be used now; spends nothing.
///
/// # Errors
/// When the store fails.
pub async fn is_link(web: &Web, code: &str, purpose: Purpose) -> Outcome<bool> {
    let (hash, now) = (secret::code_hash(code), web.security_now());
    web.read("web.link", move |conn| {
        Ok(codes::is_open(conn, &hash, purpose, now)?)
    })
    .await
}

/// Replaces the person's password, after the old one was given once more.
///
/// # Errors
/// Wrong fields, `too_many`.
pub async fn change_password(
    web: &Web,
    person: PersonId,
    old: SecretString,
    new: SecretString,
) -> Outcome<()> {
    Passwords::accept(&new)?;
    let known = web
        .read("web.person", move |conn| {
            people::one(conn, person)?.ok_or_else(Refusal::not_found)
        })
        .await?;
    web.throttle.admit(&known.mail, None)?;
    if !web
        .passwords
        .check(old, known.password_hash.clone())
        .await?
    {
        return Err(Refusal::field(
            "old_password",
            "wrong",
            Words::key("field-old-password-wrong"),
        ));
    }
    let hash = web.passwords.hash(new, &*web.chance).await?;
    web.write("web.password", move |conn| {
        Ok(people::set_password(
            conn,
            person,
            &hash,
            known.password_hash.as_deref(),
        )?)
    })
    .await
}

/// A mail address as it is kept: small letters, one @ with something on both sides.
///
/// # Errors
/// A wrong field.
pub fn mail(given: &str) -> Outcome<String> {
    let mail = given.trim().to_lowercase();
    let whole = mail.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    });
    if whole
        && mail.len() <= 254
        && !mail
            .chars()
            .any(|sign| sign.is_whitespace() || sign.is_control())
    {
        Ok(mail)
    } else {
        Err(Refusal::field(
            "mail",
            "not_an_address",
            Words::key("field-mail"),
        ))
    }
}
