"""Presets: one file a system. `PRESETS` is the whole list; a new system is one file and one line here."""

from __future__ import annotations

from ..preset import Preset
from . import (
    adobe_xdm,
    amplitude,
    app_store,
    braze,
    event_log,
    freshdesk,
    google_forms,
    google_play,
    hubspot,
    intercom,
    iterable,
    klaviyo,
    limesurvey,
    mailchimp,
    mixpanel,
    netsuite,
    posthog,
    reddit,
    salesforce,
    segment,
    snowplow,
    surveymonkey,
    trustpilot,
    typeform,
    zendesk,
)

PRESETS: tuple[Preset, ...] = (
    mixpanel.EXPORT, mixpanel.CONNECTOR, amplitude.EXPORT, segment.TRACKS, segment.LOGS, snowplow.EVENTS, posthog.EVENTS, adobe_xdm.EVENTS,
    hubspot.DEALS, hubspot.STAGES, hubspot.CONTACTS, salesforce.STAGES, salesforce.CASES, netsuite.TRANSACTIONS,
    zendesk.TICKETS, freshdesk.TICKETS, intercom.CONVERSATIONS,
    surveymonkey.ANSWERS, typeform.ANSWERS, google_forms.ANSWERS, limesurvey.ANSWERS,
    google_play.REVIEWS, app_store.REVIEWS, trustpilot.REVIEWS, reddit.POSTS,
    mailchimp.ACTIVITY, mailchimp.AUDIENCE, braze.EVENTS, klaviyo.EVENTS, iterable.EVENTS,
    event_log.EVENTS,
)

__all__ = ["PRESETS"]
