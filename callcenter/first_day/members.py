"""Who takes calls: queues' members, from the manager, queues.conf and the logs, each once; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from callcenter.first_day.findings import Found, Member


def members_of(found: Found) -> tuple[list[Member], list[str]]:
    """(members, names of queue_log whose phone nothing tells). What a PBX says now goes before what its logs say."""
    told = [*(found.manager.members if found.manager else ()), *_of_settings(found)]
    named, unknown = _of_logs(found, {each.name: each.interface for each in told})
    return _each_once([*told, *named]), unknown


def _of_settings(found: Found) -> Iterator[Member]:
    """`member => PJSIP/101,0,Alice` of queues.conf."""
    for queue, lines in found.queues.items():
        for key, value in lines:
            if key == "member":
                interface, *more = (part.strip() for part in value.split(","))
                name = more[1] if len(more) > 1 and more[1] else interface
                yield Member(interface, name, frozenset({queue}))


def _of_logs(found: Found, known: dict[str, str]) -> tuple[list[Member], list[str]]:
    queues: defaultdict[str, set[str]] = defaultdict(set)
    for agent, queue in found.queue_log.members:
        queues[agent].add(queue)
    phones = known | {agent: agent for agent in queues if "/" in agent}
    phones = _by_answers(found) | phones
    phones = _by_ringing(found, phones) | phones
    members = [
        Member(phones[agent], agent, frozenset(queues[agent] - {"NONE", ""}))
        for agent in sorted(queues)
        if agent in phones
    ]
    return members, sorted(queues.keys() - phones.keys())


def _by_answers(found: Found) -> dict[str, str]:
    """A name whose calls the same phone took, by the CDR, has that phone."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for callid, agent in found.queue_log.connected.items():
        if phone := found.cdr.answered.get(callid):
            seen[agent][phone] += 1
    return {agent: phones.most_common(1)[0][0] for agent, phones in seen.items()}


def _by_ringing(found: Found, known: dict[str, str]) -> dict[str, str]:
    """Who never answered: the phone that rang whenever his name did, where it is one alone and nobody else's."""
    taken = set(known.values())
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for callid, agents in found.queue_log.rang.items():
        for agent in agents - known.keys():
            seen[agent].update(found.cdr.rung.get(callid, set()) - taken)
    told = {agent: phones.most_common(2) for agent, phones in seen.items() if phones}
    return {agent: best[0][0] for agent, best in told.items() if len(best) == 1 or best[0][1] > best[1][1]}


def _each_once(members: Iterable[Member]) -> list[Member]:
    """By interface: the first name that is not the interface itself, the queues of all."""
    found: dict[str, Member] = {}
    for each in members:
        other = found.get(each.interface, each)
        name = other.name if other.name != other.interface else each.name
        found[each.interface] = Member(each.interface, name, each.queues | other.queues)
    return [found[interface] for interface in sorted(found)]
