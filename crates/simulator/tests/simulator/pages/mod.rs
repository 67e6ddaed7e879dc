//! Facebook Pages: what their tests share.

use crate::support::*;
use http::StatusCode;
use serde_json::{Value, json};

mod publishing;
mod reading;
mod trouble;

pub const GRAPH: &str = "/graph.facebook.com/v25.0";
pub const MARKET_PAGE: &str = "100000000000004";
pub const PAGES_SCOPE: &str = "public_profile,pages_show_list,pages_read_engagement,pages_read_user_content,pages_manage_posts,pages_manage_engagement";
pub const MINUTE: i64 = 60 * SECOND;

/// Anna's long token, and the Page tokens of the bakery and the market hall.
pub async fn tokens(world: &World, leave_out: &[&str]) -> (String, String, String) {
    let login = [
        ("client_id", FBL_APP),
        ("redirect_uri", BACK),
        ("scope", PAGES_SCOPE),
        ("login_as", ANNA),
    ];
    let dialog = "/www.facebook.com/v25.0/dialog/oauth";
    let ticket = ticket(&world.post(dialog, &login).await);
    let mut form = vec![
        ("ticket", ticket.as_str()),
        ("action", "continue"),
        ("page", BAKERY_PAGE),
        ("page", MARKET_PAGE),
    ];
    let names = PAGES_SCOPE.split(',');
    form.extend(
        names
            .filter(|name| !leave_out.contains(name))
            .map(|name| ("permission", name)),
    );
    let answer = world.post("/www.facebook.com/dialog/consent", &form).await;
    let code = answer.returned("code").unwrap();
    let short = world.facebook_short(&code).await.get("access_token");
    let long = world.facebook_long(&short).await.get("access_token");
    let accounts = format!("{GRAPH}/me/accounts");
    let pages = world
        .get(&accounts, &[("access_token", &long)])
        .await
        .json();
    let token = |place: usize| {
        pages["data"][place]["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    (long, token(0), token(1))
}

pub async fn page_token(world: &World) -> String {
    tokens(world, &[]).await.1
}

pub async fn post(world: &World, token: &str, form: &[(&str, &str)]) -> Answer {
    let mut form = form.to_vec();
    form.push(("access_token", token));
    world
        .post(&format!("{GRAPH}/{BAKERY_PAGE}/feed"), &form)
        .await
}

pub async fn photo(world: &World, token: &str, form: &[(&str, &str)]) -> Answer {
    let mut form = form.to_vec();
    form.push(("access_token", token));
    world
        .post(&format!("{GRAPH}/{BAKERY_PAGE}/photos"), &form)
        .await
}

pub async fn list(world: &World, token: &str, edge: &str, more: &[(&str, &str)]) -> Value {
    let mut parameters = vec![("access_token", token)];
    parameters.extend(more);
    let answer = world
        .get(&format!("{GRAPH}/{BAKERY_PAGE}/{edge}"), &parameters)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

pub fn texts(list: &Value) -> Vec<&str> {
    let posts = list["data"].as_array().unwrap().iter();
    posts
        .map(|post| post["message"].as_str().unwrap_or(""))
        .collect()
}

/// Texts of what the truth says the bakery's Page shows of what was posted through the API.
pub fn shown(world: &World) -> Vec<String> {
    let truth = world.sim.truth();
    let posts = truth["facebook"]["pages"][BAKERY_PAGE]["posts"]
        .as_array()
        .unwrap()
        .clone();
    posts
        .iter()
        .filter(|post| post["furnished"] == false && post["standing"]["state"] == "published")
        .map(|post| post["message"].as_str().unwrap().to_owned())
        .collect()
}
