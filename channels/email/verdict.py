"""What a mail is: a message, a bounce, an automatic answer or a complaint, and what it tells of a mail of ours."""

from dataclasses import dataclass, field
from enum import StrEnum

from hub.model import Sort
from hub.reasons import Why

from .automatic import Sorting, sort_mail
from .bounces import GOOD_NEWS, Bounce, delivery_reports
from .feedback import Complaint, is_feedback, read_complaint, read_disposition
from .mail import Mail
from .mime import Part
from .notices import repeated_id, told_bounces
from .reports import parts_of, returned_mail


class Kind(StrEnum):
    MESSAGE = "message"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Verdict:
    """reports: what delivery reports say (bounces, and good news); original_id: the mail of ours they are about."""

    kind: Kind
    sorting: Sorting
    reports: list[Bounce] = field(default_factory=list)
    complaint: Complaint | None = None
    read_receipt: str = ""
    original_id: str = ""

    @property
    def bounces(self) -> list[Bounce]:
        return [report for report in self.reports if report.action not in GOOD_NEWS]


def judge(mail: Mail, text: str) -> Verdict:
    """text: what the mail says in words."""
    parts = parts_of(mail)
    complaint, feedback = read_complaint(mail, parts), is_feedback(parts)
    disposition, receipt_for = read_disposition(mail, parts) or ("", "")
    reports, how = delivery_reports(mail, parts), Why.REPORT
    if not reports and not feedback:
        reports, how = told_bounces(mail, parts, text), Why.SERVER_WORDS
    original = receipt_for
    if (reports or complaint or disposition) and not original:
        original = _original_id(mail, parts, text)
    if complaint:
        kind, sorting = Kind.COMPLAINT, Sorting(Sort.BOUNCE, complaint.feedback_type, Why.COMPLAINT)
    elif any(report.action not in GOOD_NEWS for report in reports):
        kind, sorting = Kind.BOUNCE, Sorting(Sort.BOUNCE, sign=how)
    elif reports or feedback or disposition:
        kind, sorting = Kind.AUTO_REPLY, Sorting(Sort.AUTO_REPLY, sign=Why.RECEIPT)
    else:
        sorting = sort_mail(mail)
        kind = Kind.AUTO_REPLY if sorting.sort == Sort.AUTO_REPLY else Kind.MESSAGE
    return Verdict(kind, sorting, reports, complaint, disposition, original)


def _original_id(mail: Mail, parts: list[Part], text: str) -> str:
    """The Message-ID of the mail that came back: from its headers, else from what the reporter repeats."""
    returned = returned_mail(mail, parts)
    ids = [returned.message_id if returned else "", mail.in_reply_to, repeated_id(text), *reversed(mail.references)]
    return next(filter(None, ids), "")
