"""Access tokens of an identity provider (OpenID Connect): its keys, and what a token must say."""
