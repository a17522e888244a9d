package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/hint"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/ldapauth"
)

// fileConfig is berth.yaml. Zero values stand for the defaults named beside
// them; see deploy/docs/config.md for the whole file with comments.
type fileConfig struct {
	// Installation tells this berth's jobs from another's on the same cluster.
	Installation string `yaml:"installation"`
	// Replica names this gateway among several that share a database. Default:
	// the host's name and the port of listen.
	Replica string `yaml:"replica"`
	// SiteName is shown on every page. Default "berth".
	SiteName string `yaml:"site_name"`
	// Contact is whom people are sent to with what they cannot mend.
	Contact string `yaml:"contact"`
	// TimeZone is the site's, by whose calendar GPU-hours are counted:
	// Europe/Berlin, say. Default: the machine's.
	TimeZone string `yaml:"time_zone"`
	// PublicURL is how browsers reach the gateway.
	PublicURL string `yaml:"public_url"`
	// Listen is the public listener. Default 127.0.0.1:8000.
	Listen string `yaml:"listen"`
	// TLS makes the public listener speak https itself.
	TLS tlsConfig `yaml:"tls"`
	// TrustedProxies are the addresses (CIDR) whose X-Forwarded-* is believed.
	TrustedProxies []string `yaml:"trusted_proxies"`
	// StateDir holds the agent listener's certificate and the installation's
	// key. It belongs to the service's user. Default /var/lib/berth.
	StateDir string `yaml:"state_dir"`
	// KeyFile is the installation's key, which several gateways must share.
	// Default: installation.key in StateDir.
	KeyFile string `yaml:"key_file"`
	// DrainNotice is how long a gateway that was told to end goes on, with
	// /readyz saying 503, so that load balancers send requests to the others. A
	// gateway that is alone ends at once. Default 5s.
	DrainNotice batch.Duration `yaml:"drain_notice"`

	Agent     agentConfig      `yaml:"agent"`
	Database  databaseConfig   `yaml:"database"`
	LDAP      ldapConfig       `yaml:"ldap"`
	Login     loginConfig      `yaml:"login"`
	Clusters  []clusterConfig  `yaml:"clusters"`
	Apps      []appConfig      `yaml:"apps"`
	Defaults  session.Defaults `yaml:"defaults"`
	Reconcile reconcileConfig  `yaml:"reconcile"`
	Usage     usageConfig      `yaml:"usage"`
	Log       logConfig        `yaml:"log"`
	// Cron says when recurring jobs run: a schedule by job, or off. Default: see
	// recurring.
	Cron      map[string]string `yaml:"cron"`
	Retention retentionConfig   `yaml:"retention"`
	Idle      idleConfig        `yaml:"idle"`
	Walltime  walltimeConfig    `yaml:"walltime"`
	Leavers   leaversConfig     `yaml:"leavers"`
	Ops       opsConfig         `yaml:"ops"`
	// Hints are what the site says about ends of sessions, before what berth says
	// of itself; see deploy/docs/hints.md.
	Hints []hint.Rule `yaml:"hints"`
	// Notify is how people are told of their sessions; see deploy/docs/notify.md.
	Notify notifyConfig `yaml:"notify"`
	// Presets are launches that everybody is offered in one click.
	Presets []presetConfig `yaml:"presets"`
}

type tlsConfig struct {
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

type agentConfig struct {
	// Listen is the listener that jobs call back to. Default :8443.
	Listen string `yaml:"listen"`
	// URL is how compute nodes reach it: https://host:port.
	URL string `yaml:"url"`
	// ClaimTimeout is how long an agent tries to reach the gateway before its
	// job gives up. Default 5m.
	ClaimTimeout batch.Duration `yaml:"claim_timeout"`
}

type databaseConfig struct {
	// URL is a Postgres connection string (libpq's URI form). Without one, the
	// gateway runs a private PostgreSQL in its state directory.
	URL string `yaml:"url"`
	// URLFile holds it instead, where it carries a password.
	URLFile string `yaml:"url_file"`
	// MaxConns bounds the pool. Default 16.
	MaxConns int `yaml:"max_conns"`

	private  bool // the gateway's own
	volatile bool // need not survive a crash of the machine
}

type ldapConfig struct {
	ldapauth.Config `yaml:",inline"`
	// BindPasswordFile holds the service account's password.
	BindPasswordFile string `yaml:"bind_password_file"`
}

type loginConfig struct {
	// Idle ends a login that was not used for so long. Default 12h.
	Idle batch.Duration `yaml:"idle"`
	// Absolute ends every login. Default 7d.
	Absolute batch.Duration `yaml:"absolute"`
	// MaxTokenAge is the longest life of an API token, and the life of one for
	// which nothing is said; "never" lets tokens live for ever. Default 365d.
	MaxTokenAge string `yaml:"max_token_age"`
	// MaxTokens is how many API tokens one person may have. Default 50.
	MaxTokens int `yaml:"max_tokens"`
}

type clusterConfig struct {
	Name string `yaml:"name"`
	// Type is slurm, pbs, or local: this one machine, without a scheduler.
	Type string `yaml:"type"`
	// SubmitAs is sudo (each job is submitted as its owner) or self (all as the
	// service's own user; only for a single user's own gateway).
	SubmitAs string `yaml:"submit_as"`
	// BinDir holds the scheduler's commands. Default: /usr/bin for Slurm,
	// /opt/pbs/bin for PBS.
	BinDir string `yaml:"bin_dir"`
	// SlurmConf is a slurm.conf other than the default one.
	SlurmConf string `yaml:"slurm_conf"`
	// PollInterval is how often jobs are asked about. Default 5s.
	PollInterval batch.Duration `yaml:"poll_interval"`
	// QueueInterval is how often queues and free GPUs are. Default 15s.
	QueueInterval batch.Duration `yaml:"queue_interval"`
	// CommandTimeout bounds one scheduler command. Default 20s.
	CommandTimeout batch.Duration `yaml:"command_timeout"`
	// AgentCommand is the agent's argv on compute nodes. Default [berth, agent].
	AgentCommand []string `yaml:"agent_command"`
	// JobLogCommand reads a job's early output as its owner, through sudo.
	// Default: this binary with "job-log".
	JobLogCommand []string `yaml:"job_log_command"`
	// JobLogDir is where jobs write it. Default $HOME/.berth/log.
	JobLogDir string `yaml:"job_log_dir"`
	// Setup lines run in every job's shell before the agent.
	Setup []string `yaml:"setup"`
	// SubmitArgs are passed to the submit command as they are.
	SubmitArgs []string `yaml:"submit_args"`
	// LostAfter is how long a job may be unreported by queue and accounting
	// before its session is given up as lost. Default 10m.
	LostAfter batch.Duration `yaml:"lost_after"`

	// watch counts the scheduler's commands; nil for none.
	watch func(program, outcome string, took time.Duration)
	// PBS is for a cluster of type pbs.
	PBS pbsConfig `yaml:"pbs"`
	// Local describes the machine of a cluster of type local.
	Local localConfig `yaml:"local"`
}

type reconcileConfig struct {
	// Orphans is what becomes of a job with our tag of which no session knows:
	// report (default) or cancel.
	Orphans string `yaml:"orphans"`
	// OrphanInterval is how often the whole queue is searched for them. Default 1m.
	OrphanInterval batch.Duration `yaml:"orphan_interval"`
	// SubmitAfter is how long a submission may take before its session is looked
	// up by tag. Default 1m.
	SubmitAfter batch.Duration `yaml:"submit_after"`
	// UnfoundAfter is how long no job with the tag may be found before it is
	// certain that an interrupted launch started nothing. Default 15s.
	UnfoundAfter batch.Duration `yaml:"unfound_after"`
}

// appConfig is a catalogue entry: a built-in one by name, changed by whatever
// else is set, or one of the site's own.
type appConfig struct {
	Preset      string `yaml:"preset"`
	session.App `yaml:",inline"`
}

type logConfig struct {
	Level  string `yaml:"level"`  // debug, info (default), warn, error
	Format string `yaml:"format"` // text (default) or json
}

// withDefaults fills in what the file leaves out.
func (c *fileConfig) withDefaults() {
	text(&c.Installation, "main")
	text(&c.SiteName, "berth")
	text(&c.Listen, "127.0.0.1:8000")
	text(&c.StateDir, "/var/lib/berth")
	text(&c.KeyFile, filepath.Join(c.StateDir, "installation.key"))
	text(&c.Replica, replicaName(c.Listen))
	text(&c.Agent.Listen, ":8443")
	text(&c.Reconcile.Orphans, "report")
	span(&c.Reconcile.OrphanInterval, time.Minute)
	span(&c.Reconcile.SubmitAfter, time.Minute)
	span(&c.Reconcile.UnfoundAfter, 15*time.Second)
	c.Usage.withDefaults()
	c.Notify.withDefaults()
	text(&c.Log.Level, "info")
	text(&c.Log.Format, "text")
	span(&c.DrainNotice, 5*time.Second)
	span(&c.Agent.ClaimTimeout, 5*time.Minute)
	span(&c.Login.Idle, 12*time.Hour)
	span(&c.Login.Absolute, 7*24*time.Hour)
	text(&c.Login.MaxTokenAge, "365d")
	if c.Login.MaxTokens == 0 {
		c.Login.MaxTokens = 50
	}
	if c.Database.MaxConns == 0 {
		c.Database.MaxConns = 16
	}
	for i := range c.Clusters {
		k := &c.Clusters[i]
		text(&k.Type, "slurm")
		text(&k.SubmitAs, "sudo")
		span(&k.PollInterval, 5*time.Second)
		span(&k.QueueInterval, 15*time.Second)
		span(&k.CommandTimeout, 20*time.Second)
		span(&k.LostAfter, 10*time.Minute)
		if len(k.AgentCommand) == 0 {
			k.AgentCommand = []string{"berth", "agent"}
			if self, err := os.Executable(); err == nil && k.Type == "local" {
				k.AgentCommand[0] = self
			}
		}
	}
	if len(c.Apps) == 0 {
		c.Apps = []appConfig{{Preset: "lab"}, {Preset: "notebook"}}
	}
	for i := range c.Apps {
		c.Apps[i].App = c.Apps[i].fromPreset()
	}
}

func replicaName(listen string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "gateway"
	}
	return host + listen[max(strings.LastIndexByte(listen, ':'), 0):]
}

func text(field *string, fallback string) {
	if *field == "" {
		*field = fallback
	}
}

func span(field *batch.Duration, fallback time.Duration) {
	if *field == 0 {
		*field = batch.Duration(fallback)
	}
}
