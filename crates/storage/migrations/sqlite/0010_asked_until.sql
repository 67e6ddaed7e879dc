-- Until when a platform asked not to be asked again for new tokens of this grant (its Retry-After).
alter table oauth_grant add column asked_until_ms integer;
