"""Words of the front desk that belong to a value: confidence, groups of needs, what to do first."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

CONFIDENCE: dict[str, LazyString] = {
    "sure": _("sure (confidence)"),
    "likely": _("likely (confidence)"),
    "unsure": _("unsure (confidence)"),
}
GROUPS: dict[str, LazyString] = {
    "school": _("School and learning"),
    "mind": _("Mind and thoughts"),
    "social": _("Friends and belonging"),
    "family": _("Family (group of needs)"),
    "safety": _("Safety"),
    "health": _("Body and health"),
    "living": _("Money and living"),
    "coordination": _("Finding the way between services"),
}
SAFE_NOW: dict[str, LazyString] = {
    "yes": _("Yes, says that it is safe now"),
    "no": _("No, says that it is not safe now"),
    "unknown": _("Does not know"),
    "skipped": _("Asked, did not answer"),
    "not_asked": _("Not asked"),
}
#: What a small child is asked on its pages and what stands on the buttons, in the words of these (web.citizen.child).
HURT_ASKED = _("Does anyone hurt you? (asked of a child)")
HURT: dict[str, LazyString] = {
    "yes": _("Yes (answer of a child)"),
    "no": _("No (answer of a child)"),
    "unknown": _("I do not know (answer of a child)"),
}
ABOUT: dict[str, LazyString] = {
    "self": _("The writer"),
    "my_child": _("The writer's child"),
    "friend": _("A friend of the writer"),
    "other": _("Somebody else than the writer"),
    "skipped": _("Did not answer"),
    "unknown": _("Not told"),
}
#: Why a case is acute; what the machine noticed, and a child's yes, are written in web.staff.at_a_glance.
WHY_ACUTE: dict[str, LazyString] = {
    "call": _("The person asked to be called the same day."),
    "not_safe": _("The person answered that it is not safe now."),
    "child_not_safe": _("The child answered that it is not safe now."),
    "unsure": _("The person does not know whether it is safe now, and tells of something grave."),
    "employee": _("An employee has decided it."),
}
#: What to do next in a case, by web.staff.at_a_glance.next_step.
NEXT: dict[str, LazyString] = {
    "call": _("Call the person today (next)"),
    "read_now": _("Read the case now (next)"),
    "listen": _("Listen to what nobody has heard (next)"),
    "answer_offer": _("Answer whether you take over (next)"),
    "read": _("Read the case (next)"),
    "take": _("Find a contact person, and answer (next)"),
    "answer": _("Answer the person (next)"),
    "decide": _("Decide who coordinates (next)"),
    "no_help": _("Find out why no help came (next)"),
    "ask_service": _("Ask the service that has not answered (next)"),
    "plan": _("Look at the plan, which is past its day (next)"),
    "find_contact": _("Find a contact person (next)"),
    "see_safe": _("See to it that the person is safe (next)"),
    "wait": _("Wait for the person's answer (next)"),
    "follow": _("Follow up as planned (next)"),
}
CHILD_STANDS: dict[str, LazyString] = {
    "told": _("The child has told for itself"),
    "invited": _("The child is not asked yet, but has an invitation"),
    "not_asked": _("The child is not asked yet"),
}
CHILD_NOT_ASKED: dict[str, LazyString] = {
    "too_small": _("The child is too small."),
    "not_safe": _("It is not safe to ask yet."),
    "does_not_want": _("The child does not want to."),
}
MAY_KNOW: dict[str, LazyString] = {
    "nobody": _("nobody else"),
    "parents": _("the parents"),
    "school": _("someone at school"),
    "friend": _("a friend"),
    "child": _("the child"),
    "other_parent": _("the other parent"),
}
HOME_ANSWER: dict[str, LazyString] = {
    "yes": _("It is about someone at home. Nobody at home is to know before you have talked with the child."),
    "no": _("It is not about someone at home."),
    "unknown": _("The child does not know whether it is about someone at home: act as if it is."),
}
PARENTS_ANSWER: dict[str, LazyString] = {
    "yes": _("Yes, you may talk with the parents."),
    "no": _("No, or no answer: do not talk with the parents."),
    "ask_first": _("Ask the person before you talk with the parents."),
}
SAFE_WHEN: dict[str, LazyString] = {
    "morning": _("in the morning"),
    "school_hours": _("during school or work"),
    "afternoon": _("in the afternoon"),
    "evening": _("in the evening"),
}
CALLER_SAYS: dict[str, LazyString] = {
    "first_name": _("If somebody else answers: say only your first name."),
    "municipality": _("If somebody else answers: you may say that you call from the municipality."),
    "unit": _("If somebody else answers: you may say which unit you call from."),
}
WRITTEN_IN: dict[str, LazyString] = {
    "nb": _("written in Bokmål"),
    "nn": _("written in Nynorsk"),
    "other": _("written in another language"),
}

FIRST_STEPS: tuple[LazyString, ...] = (
    _("Read everything the person has written, now."),
    _("Is someone in danger this minute? Call 112 or 113 yourself. Do not wait for an answer."),
)
STEPS_BY_KIND: dict[str, tuple[LazyString, ...]] = {
    "suicide": (
        _("Ask straight out about thoughts of suicide. Asking does not make the danger greater."),
        _("Is there a plan or a means, or do you not reach the person? Call 113."),
    ),
    "violence": (
        _("Do not call the home and do not warn the one who may be violent."),
        _("Is it happening now? Police 112. A child: the child welfare service at once."),
    ),
    "abuse": (
        _("Do not ask for details of the abuse. That is for the police and the Children's House."),
        _("Did it happen in the last days? Offer the sexual assault centre: it takes care of traces."),
    ),
    "small_child": (
        _(
            "A small child cannot wait. Call the child welfare service at once; 113 if hurt, ill or hard to wake."
        ),
    ),
    "poisoning": (_("Call 113. Find out what was taken, how much and when, if the person can tell."),),
    "forced_journey": (
        _("Do not contact the family or anybody who knows it. Ask when the journey is, and call the police."),
    ),
    "homeless": (
        _("Find a bed for tonight: child welfare for those under 18, the social services for grown-ups."),
    ),
    "exploitation": (
        _("Ask the person not to pay, not to send more and not to delete anything. Call the police."),
    ),
    "missing": (_("Call police 112 now. Nobody has to wait before reporting a child missing."),),
}
LAST_STEPS: tuple[LazyString, ...] = (
    _("Contact the person only in the way that is safe. It says how on this page."),
    _("Do not stand alone in it: call your leader or a colleague."),
    _("Name a contact person, and write to the person what happens now."),
    _(
        "Do you believe that a child is mistreated or gravely neglected? You have a duty of your own to report."
    ),
)

ROLE_TEXT: dict[str, LazyString] = {
    "front_desk": _("Front desk (role)"),
    "contact_person": _("Contact person (role)"),
    "service_user": _("Employee in a service (role)"),
    "leader": _("Leader (role)"),
    "catalog_editor": _("Catalog editor (role)"),
    "administrator": _("Administrator (role)"),
    "privacy_officer": _("Privacy officer (role)"),
}
ROLE_HELP: dict[str, LazyString] = {
    "front_desk": _("Reads and answers every case in the municipality."),
    "contact_person": _("Reads and answers the cases they are the contact person of."),
    "service_user": _("Sees only what has been shared with their service."),
    "leader": _("Reads every case, sees the numbers and decides who is responsible."),
    "catalog_editor": _("Corrects phone numbers and opening hours. Sees no cases."),
    "administrator": _("Makes and closes accounts. Sees no cases."),
    "privacy_officer": _("Sees who has opened what, and the numbers. Reads no cases."),
}
EVENT_TEXT: dict[str, LazyString] = {
    "created": _("Account made"),
    "changed": _("Account changed"),
    "closed": _("Account closed"),
    "opened": _("Account opened again, with a new one-time password"),
    "password_reset": _("New one-time password"),
    "recovery_asked": _("Asked to remove a lost second step"),
    "recovery_approved": _("Second step removed by two administrators"),
    "recovery_refused": _("The request to remove the second step was refused"),
    "app_added": _("App with codes added"),
    "app_removed": _("App with codes removed"),
    "key_added": _("Passkey added"),
    "key_removed": _("Passkey removed"),
    "new_codes": _("New emergency codes"),
}
#: Who changes accounts without having one: web.cli and web.staff.oidc write these names.
PROGRAM_TEXT: dict[str, LazyString] = {
    "command line": _("By who runs the portal, on its machine"),
    "single sign-on": _("By the municipality's own login"),
}
ACCOUNT_FIELD: dict[str, LazyString] = {
    "name": _("Name"),
    "unit": _("Unit"),
    "roles": _("Roles"),
    "service": _("Service"),
    "sso": _("The municipality's own login"),
    "asked_by": _("Asked by"),
}
#: What was just done in a case, by the name of the form.
CASE_DONE: dict[str, LazyString] = {
    "needs": _("What the case is about, is saved."),
    "call": _("It is noted that you have talked with the person."),
    "message": _("The message is sent. The person sees it with the five words."),
    "status": _("The status is saved. The person sees it."),
    "urgency": _("How urgent the case is, is saved."),
    "measure": _("The line is written in the plan."),
    "line": _("The line of the plan is saved. What it was before stands in its history."),
    "overlap": _("It is noted that this is agreed on."),
    "told": _("The service's answer is saved."),
    "link": _("The cases are connected."),
    "unlink": _("The connection is taken away, in both cases."),
    "link_words": _("The person's answer is saved."),
    "note": _("The note is saved. Only those who work here see it."),
    "note_strike": _("The note is struck out. It can still be read here."),
    "accept": _("The case is yours now. The person sees your name."),
    "decline": _("You said no. Whoever had the case still has it, and sees why."),
    "withdraw": _("The question is withdrawn."),
    "take": _("The case is yours now. The person sees your name."),
    "offer": _("Your colleague is asked. The responsibility moves when the answer is yes."),
    "by_hand": _("The contact person is named. The person sees the name."),
    "word": _("What was said, is saved."),
    "dispute": _("The leader is to decide who coordinates. The person sees that."),
    "decide": _("It is decided who coordinates. The person sees who."),
    "coordinator": _("How it stands, is saved."),
    "child_coordinator": _("How it stands, is saved."),
    "individual_plan": _("How it stands, is saved."),
    "handed_on": _("That case is no longer yours: a colleague has the responsibility now."),
    "home_back": _(
        "The grown-ups at home can no longer read what the child has told. They are not told that it was taken back."
    ),
    "share_yes": _("The service is brought in. The person sees it."),
    "share_law": _("The service is brought in. The person sees it, with the law and your reason."),
    "share_kept": _(
        "The service is brought in. The person is not told. You will be reminded on the day you chose."
    ),
    "share_childs": _("The service is brought in. The one who wrote the case sees nothing of it."),
    "share_end": _("The service no longer sees the case."),
    "share_tell": _("The person sees it from now on."),
    "share_answer": _("The answer is sent. The contact person sees it."),
    "glass": _(
        "The case is open to you for four hours, to read and to write internal notes. Your leader is told."
    ),
    "glass_seen": _("It is noted that you have looked into it."),
    "share_longer": _("It is saved. You will be reminded on the day you chose."),
    "package": _("The package is made. Fetch it below, and hand it over."),
    "received": _("It is noted that the package has come."),
    "concern": _("The draft is begun. Only you see it."),
    "concern_draft": _("The draft is saved. Nothing is sent."),
    "concern_sent": _("It is noted that you have sent it."),
    "concern_drop": _("The draft is deleted."),
}
ABSENCE_DONE: dict[str, LazyString] = {
    "absence": _("The absence is saved. It ends by itself."),
    "absence_ended": _("The absence is ended."),
}
#: What waits too long, by step of escalation.yml: in the queue, and for the leader.
STEP_TEXT: dict[str, LazyString] = {
    "promise_ends": _("Promised today"),
    "promise_broken": _("The promise is broken"),
    "offer_unanswered": _("Asked, no answer"),
    "acute_unread": _("Acute, not read"),
    "acute_waits": _("Acute, answer today"),
    "acute_unanswered": _("Acute, not answered"),
    "nobody_answers": _("Nobody answers"),
}
STEP_FOR_LEADER: dict[str, LazyString] = {
    "promise_ends": _("Promised an answer today, and not answered yet"),
    "promise_broken": _("The promised day has passed, and the person still waits"),
    "offer_unanswered": _("A colleague was asked to take over, and has not answered"),
    "acute_unread": _("Acute, and nobody has read or heard what came"),
    "acute_waits": _("Acute, and the person waits for an answer"),
    "acute_unanswered": _("Acute, and not answered within the promised time"),
    "nobody_answers": _("Whoever has the case is away, and so is the stand-in"),
}
OWN_DONE_TEXT: dict[str, LazyString] = {
    "app_added": _("The app is connected. You will be asked for a code when you log in."),
    "app_removed": _("The app is removed."),
    "key_added": _("The passkey is saved. You can use it the next time you log in."),
    "key_removed": _("The passkey is removed."),
    "session_ended": _("That device is logged out."),
    "confirmed": _("Thank you. For ten minutes you can change how you log in."),
    "account_changed": _("The account is changed."),
    "account_unchanged": _("Nothing was changed."),
    "account_closed": _("The account is closed. The employee is logged out everywhere."),
    "recovery_asked": _("Another administrator must approve it."),
    "recovery_refused": _("The request is refused."),
    "email": _("The address is saved."),
}
SSO_REFUSED: dict[str, LazyString] = {
    "provider": _("The municipality's login does not answer now. Try again in a little while."),
    "answer": _("The login was not finished. Try again."),
    "groups": _(
        "You do not have access to the front desk. Ask your leader or the one who looks after the accounts."
    ),
    "name": _(
        "There is an account here with your username already. Ask the one who looks after the accounts."
    ),
}
#: Why a file was not taken, by web.files.FileRefused.problem.
FILE_PROBLEM: dict[str, LazyString] = {
    "empty": _("The file is empty."),
    "too_large": _("The file is too large. It can be at most 10 MB."),
    "unknown": _("The file is neither a PDF, a JPEG nor a PNG. What counts is what is in it, not its name."),
    "broken": _("The file cannot be read. Is it whole? Open it yourself first, and save it again."),
    "too_many_points": _("The picture is too large. Make it smaller first."),
    "encrypted": _("The PDF is locked with a password. Send one that is not locked."),
    "active": _(
        "The PDF holds scripts, other files or things that start by themselves. Print it to a new PDF and send that."
    ),
    "too_many": _("There is room for five files with a message. Send these first."),
    "about": _("Write what the file is, in at most 80 characters. The person reads it beside the file."),
}
