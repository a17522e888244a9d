-- Agents know each gateway by the fingerprint of its certificate.
alter table replicas add column fingerprint text not null default '';
