//! The places where Mainstay's secrets live, each in one function, so that whoever seals and whoever
//! opens cannot mean two places.

use domain::ids::{AppId, ChannelGrantId, ConnectSessionId, GrantId, Id as _, WorkspaceId};

use crate::Place;

/// The token set of a grant.
#[must_use]
pub fn grant_tokens(workspace: WorkspaceId, grant: GrantId, generation: u64) -> Place {
    Place {
        workspace: Some(workspace.uuid()),
        table: "oauth_grant",
        row: grant.uuid(),
        column: "tokens_sealed",
        generation,
    }
}

/// The derived token of a grant on a channel.
#[must_use]
pub fn channel_token(workspace: WorkspaceId, id: ChannelGrantId, generation: u64) -> Place {
    Place {
        workspace: Some(workspace.uuid()),
        table: "channel_grant",
        row: id.uuid(),
        column: "token_sealed",
        generation,
    }
}

/// The client secret of an app.
#[must_use]
pub fn app_secret(workspace: Option<WorkspaceId>, app: AppId, generation: u64) -> Place {
    Place {
        workspace: workspace.map(domain::ids::Id::uuid),
        table: "app",
        row: app.uuid(),
        column: "secret_sealed",
        generation,
    }
}

/// The client secret of an app before the present one; bound to the generation at which it was put aside.
#[must_use]
pub fn app_previous_secret(workspace: Option<WorkspaceId>, app: AppId, generation: u64) -> Place {
    Place {
        column: "previous_sealed",
        ..app_secret(workspace, app, generation)
    }
}

/// The signing keys of an app.
#[must_use]
pub fn app_keys(workspace: Option<WorkspaceId>, app: AppId, generation: u64) -> Place {
    Place {
        column: "keys_sealed",
        ..app_secret(workspace, app, generation)
    }
}

/// What a sign-in keeps until the browser comes back.
#[must_use]
pub fn journey(workspace: WorkspaceId, session: ConnectSessionId) -> Place {
    Place {
        workspace: Some(workspace.uuid()),
        table: "connect_session",
        row: session.uuid(),
        column: "journey_sealed",
        generation: 0,
    }
}
