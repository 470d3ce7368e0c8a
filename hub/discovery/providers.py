"""Big providers of Europe and the United States: their servers, by the domains they give away and by their MX.

A row is a proposal, with the provider's page to look it up: the test of the channel tries it. Those of Outlook.com,
Microsoft 365, GMX, IONOS, Hetzner and mailbox.org were compared with the database of Thunderbird.
"""

from dataclasses import dataclass

from hub.discovery.proposal import Proposal, Server, profile_of

APP_PASSWORD = "make a password for apps in the settings of the account: that of the web page is not taken"  # noqa: S105
SWITCH_ON = "allow IMAP once in the settings of the mailbox"
NO_BRIDGE = "no program reaches this mailbox over the internet: the provider's own Bridge must run on your machine"
OWN_APP = "sign in with OAuth2: a password is not taken"


@dataclass(frozen=True, slots=True)
class Provider:
    """imap, smtp: host:port; of SMTP, port 587 means STARTTLS. mx: how the names of its mail exchangers end."""

    name: str
    page: str
    imap: str
    smtp: str
    domains: str = ""
    mx: str = ""
    notes: tuple[str, ...] = ()

    def proposal(self, source: str, because: str, address: str) -> Proposal:
        imap, smtp = _server(self.imap), _server(self.smtp)
        oauth = profile_of(imap.host) if imap and OWN_APP in self.notes else ""
        return Proposal(source, f"{because} ({self.page})", imap, smtp, address, oauth, self.notes)


def _server(written: str) -> Server | None:
    host, _, port = written.partition(":")
    return Server(host, int(port), "starttls" if port == "587" else "tls") if host else None


PROVIDERS = (
    Provider(
        "Gmail",
        "https://support.google.com/mail/answer/7126229",
        "imap.gmail.com:993",
        "smtp.gmail.com:465",
        "gmail.com googlemail.com",
        "google.com googlemail.com",
        (OWN_APP,),
    ),
    Provider(
        "Outlook.com",
        "https://support.microsoft.com/office/d088b986-291d-42b8-9564-9c414e2aa040",
        "outlook.office365.com:993",
        "smtp-mail.outlook.com:587",
        "outlook.com hotmail.com live.com msn.com outlook.de hotmail.de live.de outlook.fr hotmail.fr live.fr "
        "hotmail.co.uk live.co.uk outlook.es hotmail.es outlook.it hotmail.it live.it outlook.at live.nl hotmail.nl",
        "olc.protection.outlook.com",
        (OWN_APP, SWITCH_ON),
    ),
    Provider(
        "Microsoft 365",
        "https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/pop3-and-imap4/pop3-and-imap4",
        "outlook.office365.com:993",
        "smtp.office365.com:587",
        "onmicrosoft.com",
        "mail.protection.outlook.com mx.microsoft",
        (OWN_APP, "where the organisation has switched IMAP off, use [.graph]"),
    ),
    Provider(
        "Yahoo",
        "https://help.yahoo.com/kb/SLN4075.html",
        "imap.mail.yahoo.com:993",
        "smtp.mail.yahoo.com:465",
        "yahoo.com ymail.com rocketmail.com yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.uk",
        "yahoodns.net",
        (APP_PASSWORD,),
    ),
    Provider(
        "AOL",
        "https://help.aol.com/articles/how-do-i-use-other-email-applications-to-send-and-receive-my-aol-mail",
        "imap.aol.com:993",
        "smtp.aol.com:465",
        "aol.com aim.com verizon.net",
        "",
        (APP_PASSWORD,),
    ),
    Provider(
        "iCloud",
        "https://support.apple.com/102525",
        "imap.mail.me.com:993",
        "smtp.mail.me.com:587",
        "icloud.com me.com mac.com",
        "mail.icloud.com",
        (APP_PASSWORD,),
    ),
    Provider(
        "Fastmail",
        "https://www.fastmail.help/hc/en-us/articles/1500000278342",
        "imap.fastmail.com:993",
        "smtp.fastmail.com:465",
        "fastmail.com fastmail.fm",
        "messagingengine.com",
        (APP_PASSWORD,),
    ),
    Provider(
        "GMX",
        "https://hilfe.gmx.net/pop-imap/imap/imap-serverdaten.html",
        "imap.gmx.net:993",
        "mail.gmx.net:465",
        "gmx.de gmx.net gmx.at gmx.ch gmx.eu gmx.org gmx.info",
        "emig.gmx.net gmx.net",
        (SWITCH_ON,),
    ),
    Provider(
        "WEB.DE",
        "https://hilfe.web.de/pop-imap/imap/imap-serverdaten.html",
        "imap.web.de:993",
        "smtp.web.de:587",
        "web.de email.de",
        "web.de",
        (SWITCH_ON,),
    ),
    Provider(
        "Telekom",
        "https://www.telekom.de/hilfe/apps-dienste/e-mail/programme/pop3-imap-server",
        "secureimap.t-online.de:993",
        "securesmtp.t-online.de:465",
        "t-online.de magenta.de",
        "t-online.de",
        ("make a password for mail programs in the customer centre: that of the web page is not taken",),
    ),
    Provider(
        "IONOS",
        "https://www.ionos.de/hilfe/e-mail/e-mail-programm-einrichten",
        "imap.ionos.de:993",
        "smtp.ionos.de:465",
        "",
        "kundenserver.de ionos.de schlund.de",
    ),
    Provider(
        "IONOS",
        "https://www.ionos.com/help/email/setting-up-mail-programs",
        "imap.ionos.com:993",
        "smtp.ionos.com:465",
        "",
        "ionos.com perfora.net 1and1.com",
    ),
    Provider("STRATO", "https://www.strato.de/faq/mail", "imap.strato.de:993", "smtp.strato.de:465", "", "rzone.de"),
    Provider(
        "Hetzner",
        "https://docs.hetzner.com/konsoleh/account-management/email/setting-up-an-email-account",
        "mail.your-server.de:993",
        "mail.your-server.de:465",
        "",
        "your-server.de",
    ),
    Provider(
        "mailbox.org",
        "https://kb.mailbox.org/de/privat/e-mail/e-mail-konfiguration/",
        "imap.mailbox.org:993",
        "smtp.mailbox.org:465",
        "mailbox.org",
        "mailbox.org",
    ),
    Provider(
        "Posteo",
        "https://posteo.de/en/help/how-do-i-set-up-posteo-in-an-email-client-pop3-imap-and-smtp",
        "posteo.de:993",
        "posteo.de:465",
        "posteo.de posteo.net",
        "posteo.de",
    ),
    Provider(
        "Infomaniak",
        "https://www.infomaniak.com/en/support/faq/2023",
        "mail.infomaniak.com:993",
        "mail.infomaniak.com:465",
        "ik.me ikmail.com",
        "infomaniak.ch",
    ),
    Provider(
        "OVHcloud",
        "https://help.ovhcloud.com/csm/en-mx-plan-email-client",
        "ssl0.ovh.net:993",
        "ssl0.ovh.net:465",
        "",
        "mail.ovh.net",
    ),
    Provider(
        "Gandi",
        "https://docs.gandi.net/en/gandimail/standard_email_settings/",
        "mail.gandi.net:993",
        "mail.gandi.net:465",
        "",
        "mail.gandi.net",
    ),
    Provider(
        "Orange",
        "https://assistance.orange.fr/",
        "imap.orange.fr:993",
        "smtp.orange.fr:465",
        "orange.fr wanadoo.fr",
        "orange.fr",
    ),
    Provider("Free", "https://assistance.free.fr/", "imap.free.fr:993", "smtp.free.fr:465", "free.fr", "free.fr"),
    Provider(
        "La Poste",
        "https://aide.laposte.net/",
        "imap.laposte.net:993",
        "smtp.laposte.net:465",
        "laposte.net",
        "laposte.net",
        (SWITCH_ON,),
    ),
    Provider(
        "Zoho",
        "https://www.zoho.com/mail/help/imap-access.html",
        "imappro.zoho.com:993",
        "smtppro.zoho.com:465",
        "",
        "zoho.com",
        (SWITCH_ON,),
    ),
    Provider(
        "Zoho",
        "https://www.zoho.com/mail/help/imap-access.html",
        "imappro.zoho.eu:993",
        "smtppro.zoho.eu:465",
        "",
        "zoho.eu",
        (SWITCH_ON,),
    ),
    Provider(
        "GoDaddy",
        "https://www.godaddy.com/help/server-and-port-settings-for-workspace-email-6949",
        "imap.secureserver.net:993",
        "smtpout.secureserver.net:465",
        "",
        "secureserver.net",
    ),
    Provider(
        "Rackspace",
        "https://docs.rackspace.com/docs/cloud-office-email-settings",
        "secure.emailsrvr.com:993",
        "secure.emailsrvr.com:465",
        "",
        "emailsrvr.com",
    ),
    Provider(
        "Namecheap Private Email",
        "https://www.namecheap.com/support/knowledgebase/article.aspx/1179/2175/general-private-email-configuration-for-mail-clients-and-mobile-devices/",
        "mail.privateemail.com:993",
        "mail.privateemail.com:465",
        "",
        "privateemail.com",
    ),
    Provider(
        "Comcast",
        "https://www.xfinity.com/support/articles/email-client-programs-with-xfinity-email",
        "imap.comcast.net:993",
        "smtp.comcast.net:587",
        "comcast.net",
        "comcast.net",
        (SWITCH_ON,),
    ),
    Provider(
        "Proton",
        "https://proton.me/support/imap-smtp-and-pop3-setup",
        "",
        "",
        "proton.me protonmail.com pm.me",
        "protonmail.ch",
        (NO_BRIDGE,),
    ),
)


def of_domain(domain: str) -> Provider | None:
    """Who gives away addresses of this domain."""
    return next((one for one in PROVIDERS if domain in one.domains.split()), None)


def of_exchanger(host: str) -> Provider | None:
    """Whose mail exchanger this is."""
    return next((one for one in PROVIDERS if any(_is_below(host, end) for end in one.mx.split())), None)


def _is_below(host: str, end: str) -> bool:
    return host == end or host.endswith(f".{end}")
