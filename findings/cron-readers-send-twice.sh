#!/bin/sh
# Three libraries that read cron lines begin the same scheduled newsletter on other days, and two of them twice.
#
# Guess: "30 2 * * *" runs once every day, also on the days the clocks change, as Vixie cron does for jobs with a fixed hour;
#        weekday 1 is Monday (crontab(5): 0 is Sunday); where day and weekday are both given either of them is enough.
# Seen:  croniter 7.0.0 and APScheduler 3.11.3 run it twice on 25 October (02:30 CEST and 02:30 CET), cronsim 2.8 once.
#        In March croniter and cronsim run it at 03:00; APScheduler names 02:30+01:00, which no clock showed.
#        APScheduler's CronTrigger.from_crontab counts weekdays from Monday as 0: "0 9 * * 1" is every Tuesday; and "0 0 1 * 1"
#        is only a first of the month that is a Tuesday, where the others take every first and every Monday.
# So:    keep a recurring send as what people mean (day, clock, zone) and the last day it ran for; do not take cron lines over
#        from another program by reading them with another library.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check croniter==7.0.0 cronsim==2.8 APScheduler==3.11.3 tzdata==2026.3
"$dir/venv/bin/python" - <<'PYTHON'
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim

ZONE = ZoneInfo("Europe/Berlin")


def by_croniter(line, start, times):
    found = croniter(line, start)
    return [found.get_next(datetime) for _ in range(times)]


def by_cronsim(line, start, times):
    found = CronSim(line, start)
    return [next(found) for _ in range(times)]


def by_apscheduler(line, start, times):
    trigger, last, now, found = CronTrigger.from_crontab(line, timezone=ZONE), None, start, []
    for _ in range(times):
        last = trigger.get_next_fire_time(last, now)
        now = (last.astimezone(timezone.utc) + timedelta(seconds=1)).astimezone(ZONE)
        found.append(last)
    return found


READERS = {"croniter": by_croniter, "cronsim": by_cronsim, "APScheduler": by_apscheduler}
SEEN = {
    ("autumn", "30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=ZONE), 3, "%d.%m. %H:%M %z"): {
        "croniter": ["25.10. 02:30 +0200", "25.10. 02:30 +0100", "26.10. 02:30 +0100"],
        "cronsim": ["25.10. 02:30 +0200", "26.10. 02:30 +0100", "27.10. 02:30 +0100"],
        "APScheduler": ["25.10. 02:30 +0200", "25.10. 02:30 +0100", "26.10. 02:30 +0100"],
    },
    ("spring", "30 2 * * *", datetime(2026, 3, 28, 12, tzinfo=ZONE), 1, "%d.%m. %H:%M %z"): {
        "croniter": ["29.03. 03:00 +0200"],
        "cronsim": ["29.03. 03:00 +0200"],
        "APScheduler": ["29.03. 02:30 +0100"],
    },
    ("weekday 1", "0 9 * * 1", datetime(2026, 3, 28, 12, tzinfo=ZONE), 2, "%a %d.%m."): {
        "croniter": ["Mon 30.03.", "Mon 06.04."],
        "cronsim": ["Mon 30.03.", "Mon 06.04."],
        "APScheduler": ["Tue 31.03.", "Tue 07.04."],
    },
    ("day and weekday", "0 0 1 * 1", datetime(2026, 3, 28, 12, tzinfo=ZONE), 3, "%a %d.%m.%y"): {
        "croniter": ["Mon 30.03.26", "Wed 01.04.26", "Mon 06.04.26"],
        "cronsim": ["Mon 30.03.26", "Wed 01.04.26", "Mon 06.04.26"],
        "APScheduler": ["Tue 01.09.26", "Tue 01.12.26", "Tue 01.06.27"],
    },
}
for (what, line, start, times, spelling), expected in SEEN.items():
    for name, read in READERS.items():
        seen = [moment.strftime(spelling) for moment in read(line, start, times)]
        print(f"{what}, {line!r}, {name} {version(name)}: {', '.join(seen)}")
        assert seen == expected[name], (what, name, seen)
PYTHON
