//! Logins of a world: apps registered at the simulator, sign-ins pressed through its pages.

use super::*;

impl World {
    /// An app of this flow, registered at the simulator under its default ids.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn app(&self, platform: Platform, flow: LoginFlow) -> Result<AppId> {
        let facts = platforms::registry::get(platform)
            .context("adapter")?
            .facts();
        let facts = facts.flow(flow).context("flow")?;
        let id: AppId = self.cx.ids().make();
        let scopes: Vec<String> = facts
            .scopes
            .iter()
            .map(|scope| scope.scope.to_owned())
            .collect();
        let redirect_uri = format!("{PUBLIC}/oauth/callback/{platform}");
        let (client_id, secret) = self.register(flow, &redirect_uri, &scopes);
        let place = places::app_secret(None, id, 1);
        let sealed = match secret {
            Some(secret) => Some(self.cx.vault.seal(
                Purpose::AppSecret,
                &place,
                &secret.into(),
                self.cx.chance.as_ref(),
            )?),
            None => None,
        };
        let row = AppRow::new(
            App {
                id,
                owner: AppOwner::Installation,
                platform,
                flow,
                client_id,
                redirect_uri,
                api_version: facts.api_version.to_owned(),
                scopes,
                hosts: hosts(facts.hosts),
            },
            sealed.map(vault::Sealed::into_bytes),
            None,
        );
        let now = self.clock.now();
        self.store
            .write("world.app", move |conn| apps::insert(conn, &row, now))
            .await?;
        Ok(id)
    }

    fn register(
        &self,
        flow: LoginFlow,
        redirect_uri: &str,
        scopes: &[String],
    ) -> (String, Option<String>) {
        let known = match flow {
            LoginFlow::Bluesky => {
                return (
                    platforms::bluesky::metadata::loopback_client_id(redirect_uri, scopes),
                    None,
                );
            }
            LoginFlow::Instagram => simulator::instagram::Flow::Instagram,
            LoginFlow::Facebook => simulator::instagram::Flow::Facebook,
        };
        let new = simulator::instagram::NewApp::of(known, "Mainstay", redirect_uri);
        let (id, secret) = self.sim.add_app(new);
        (id, Some(secret))
    }

    /// Signs in at the platform as `login` and links its account `handle`, as a finished sign-in does.
    ///
    /// # Errors
    /// When any part of it fails.
    pub async fn link(
        &self,
        app: AppId,
        login_as: &str,
        handle: &str,
    ) -> Result<(ChannelId, GrantId)> {
        let workspace = self.workspace;
        let row = self
            .store
            .read("world.app", move |conn| apps::one(conn, workspace, app))
            .await?
            .context("app")?;
        let secrets = login::open_app(&self.cx.vault, &row)?;
        let adapter = login::adapter(row.app.platform)?;
        let call = login::call(&self.cx, &row, &secrets);
        let ask = Ask {
            state: "state-of-a-test",
            hint: Some(login_as),
            force: false,
            mends: None,
        };
        let begun = adapter.begin(&call, &ask).await?;
        let back = Visitor::agree(&self.sim, &begun.url, login_as, &[]).await?;
        let callback = Callback {
            params: url::Url::parse(&back)?.query_pairs().into_owned().collect(),
        };
        let signed_in = adapter.finish(&call, &begun.journey, &callback).await?;
        let accounts = adapter.accounts(&call, &signed_in.tokens).await?;
        let account = accounts
            .into_iter()
            // A Page may have no handle: its name stands for it.
            .find(|account| account.handle == handle || account.name == handle)
            .context("no such account")?;
        ensure!(
            account.usable.is_ok(),
            "the account cannot be used: {:?}",
            account.usable
        );
        self.store_login(&row, signed_in, account).await
    }

    /// Links `account` by a sign-in that is finished: for a platform that the simulator does not have.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put_login(
        &self,
        app: AppId,
        signed_in: platforms::sign_in::SignedIn,
        account: Account,
    ) -> Result<(ChannelId, GrantId)> {
        let workspace = self.workspace;
        let read = move |conn: &mut storage::Conn<'_>| apps::one(conn, workspace, app);
        let row = self.store.read("world.app", read).await?.context("app")?;
        self.store_login(&row, signed_in, account).await
    }

    async fn store_login(
        &self,
        app: &AppRow,
        signed_in: platforms::sign_in::SignedIn,
        account: Account,
    ) -> Result<(ChannelId, GrantId)> {
        let (ids, now, workspace, set) =
            (self.cx.ids(), self.clock.now(), self.workspace, self.set);
        let (grant, channel, on): (GrantId, ChannelId, domain::ids::ChannelGrantId) =
            (ids.make(), ids.make(), ids.make());
        let chance = self.cx.chance.as_ref();
        let place = places::grant_tokens(workspace, grant, 1);
        let sealed = self.cx.vault.seal(
            Purpose::GrantToken,
            &place,
            &signed_in.tokens.to_secret(),
            chance,
        )?;
        let token = match &account.token {
            Some(token) => {
                let place = places::channel_token(workspace, on, 1);
                Some(
                    self.cx
                        .vault
                        .seal(Purpose::GrantToken, &place, token, chance)?
                        .into_bytes(),
                )
            }
            None => None,
        };
        let (platform, flow, app_id) = (app.app.platform, app.app.flow, app.app.id);
        let tokens = NewTokens {
            sealed: sealed.into_bytes(),
            scopes: signed_in.scopes,
            ends: signed_in.ends,
            horizon: horizon(signed_in.mechanism, &signed_in.ends),
            renew_at: engine::renew::keep_alive(
                platform,
                flow,
                signed_in.mechanism,
                &signed_in.ends,
                now,
                0,
            ),
            jitter_permille: 0,
        };
        let write = move |conn: &mut storage::Conn<'_>| {
            let person = grants::platform_person(conn, ids.make(), app_id, &signed_in.person_id)?;
            let new = NewGrant {
                id: grant,
                workspace,
                app: app_id,
                platform,
                flow,
                person,
                person_name: &signed_in.person_name,
                signed_in_by: None,
                mechanism: signed_in.mechanism,
                tokens: &tokens,
            };
            grants::insert(conn, &new, now)?;
            // The channel may be there from an earlier sign-in: its identity is the account.
            let channel = match channels::by_account(conn, workspace, platform, &account.id)? {
                Some(known) => known.id,
                None => {
                    let new = NewChannel {
                        id: channel,
                        workspace,
                        social_set: set,
                        platform,
                        account_id: &account.id,
                        handle: &account.handle,
                        name: &account.name,
                        picture_url: account.picture_url.as_deref(),
                        mode: Mode::Auto,
                    };
                    channels::insert(conn, &new, now)?;
                    channel
                }
            };
            let new = NewChannelGrant {
                id: on,
                workspace,
                channel,
                grant,
                token_sealed: token.as_deref(),
                role: account.role.as_deref(),
                ends: account.ends,
                horizon: horizon(signed_in.mechanism, &account.ends),
            };
            let on = channel_grants::put(conn, &new, now)?;
            channel_grants::make_primary(conn, workspace, channel, on)?;
            Ok(channel)
        };
        let channel = self.store.write("world.link", write).await?;
        Ok((channel, grant))
    }
}
