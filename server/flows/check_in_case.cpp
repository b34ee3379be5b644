#include "server/flows/check_in_case.hpp"

#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "geo/geodesic.hpp"
#include "server/identifiers.hpp"
#include "server/json_reader.hpp"
#include "server/rally/device_proof.hpp"
#include "server/rally/proofs.hpp"
#include "server/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace keyaki::server {

namespace {

/// VERSION+RALLY/N.
std::string rules_version(const VersionedRally &rally) {
    return fmt::format("{}+{}/{}", rally::current_rules().version, rally.rally.id, rally.version);
}

std::string bytes_of(const data::Hash &hash) { return {hash.begin(), hash.end()}; }

rally::Measures measures_of(const CheckInRequest &request) {
    rally::Measures measures;
    measures.integrity_missing = !request.integrity;
    measures.integrity_failed = request.integrity && !*request.integrity;
    measures.flat = rally::is_flat(request.fixes);
    for (const rally::SentFix &sent : request.fixes) {
        measures.mocked = measures.mocked || sent.fix.mocked;
        measures.accessory = measures.accessory || sent.accessory;
        const double accuracy_m = sent.fix.accuracy_m.value_or(0);
        if (accuracy_m > 0 && (measures.least_accuracy_m == 0 || accuracy_m < measures.least_accuracy_m)) {
            measures.least_accuracy_m = std::round(accuracy_m * 10) / 10;
        }
    }
    return measures;
}

double middle_accuracy_m(const std::vector<rally::SentFix> &fixes) {
    std::vector<double> accuracies;
    for (const rally::SentFix &sent : fixes) {
        if (sent.fix.accuracy_m && *sent.fix.accuracy_m > 0) {
            accuracies.push_back(*sent.fix.accuracy_m);
        }
    }
    if (accuracies.empty()) {
        return 0;
    }
    const auto middle = accuracies.begin() + static_cast<std::ptrdiff_t>(accuracies.size() / 2);
    std::nth_element(accuracies.begin(), middle, accuracies.end());
    return *middle;
}

/// What is remembered counts only positions of now: a stale fix says nothing of where somebody is. A ticket's position is of its own time: it is
/// held against what is remembered of then, and not remembered itself.
RecentAttempts::Attempt remembered_of(const CheckInCase &attempt) {
    const CheckInRequest &request = attempt.request;
    const rally::ScoreRules &rules = rally::current_rules().score;
    RecentAttempts::Attempt remembered;
    remembered.member = request.member;
    remembered.device = request.device;
    remembered.zone = attempt.zone();
    remembered.estimate = attempt.facts.seen.estimate;
    remembered.accuracy_m = middle_accuracy_m(request.fixes);
    remembered.hits_centre = remembered.estimate && attempt.facts.seen.sigma_m >= rules.center_sigma_m &&
                             geo::distance_m(*remembered.estimate, attempt.spot->fence.centre()) <= rules.center_m;
    remembered.received_at_ms = attempt.now_us / 1000;
    remembered.at_ms = attempt.at_us / 1000;
    remembered.is_now = !attempt.ticket;
    remembered.begins_ms = rally::bundle_begins_ms(request.fixes);
    remembered.hashes = rally::bundle_hashes(request.fixes);
    return remembered;
}

std::vector<geo::StayFix> stay_fixes(const CheckInCase &attempt) {
    std::vector<geo::StayFix> fixes;
    const geo::PresenceRules &rules = rally::current_rules().presence;
    for (const geo::Fix &fix : attempt.request.plain_fixes()) {
        const auto sigma_m = geo::sigma_m(attempt.request.platform, fix.accuracy_m, rules);
        const bool is_now = geo::capture_time(fix.taken_at_ms, attempt.now_us / 1000, rules) == geo::CaptureTime::in_time;
        if (sigma_m && is_now && !fix.mocked) {
            const double probability = geo::inside_probability(attempt.spot->fence, fix.position, std::max(rules.smallest_sigma_m, *sigma_m));
            fixes.push_back({fix.taken_at_ms, probability, *fix.accuracy_m});
        }
    }
    return fixes;
}

/// Of what was sent, where it was decided and by which rules: the same digest means the same inputs.
std::string digest_of(const CheckInCase &attempt) {
    return bytes_of(data::sha256(attempt.request.body_hash, fmt::format("\n{}={}\n{}\n{}", attempt.rally().spots.layer, attempt.spot->layer_revision,
                                                                        attempt.rules, attempt.now_us)));
}

bool is_signed_by_its_key(const CheckInRequest &request) {
    const SentProof &proof = *request.proof;
    const rally::OnlineClaim claim{request.rally, request.member, request.spot, proof.counter};
    return rally::is_signed_by(proof.key, rally::online_message(claim, request.plain_fixes()), proof.signature);
}

/// The ticket that the request names; nothing where it is another member's, rally's, spot's or device's.
std::optional<data::OfflineTicket> valid_ticket(data::Store &store, const CheckInRequest &request) {
    std::optional<data::OfflineTicket> ticket;
    store.read_books([&](data::Books &books) { ticket = books.tickets.find(request.ticket->id); });
    const bool is_right =
        ticket && ticket->rally == request.rally && ticket->member == request.member &&
        std::find(ticket->spots.begin(), ticket->spots.end(), request.spot) != ticket->spots.end() &&
        rally::is_signed_by(ticket->device_key, rally::offline_message(ticket->id, request.spot, request.plain_fixes()), request.ticket->signature);
    return is_right ? ticket : std::nullopt;
}

} // namespace

void refuse_unknown_spot(const rally::Rally &rally, std::string_view spot) {
    const std::string prefix = rally.spots.layer + "/";
    if (!spot.starts_with(prefix)) {
        throw FieldErrors("the check-in",
                          {{"/spot", fmt::format("expected a spot of layer {} (\"{}…\"), found \"{}\"", rally.spots.layer, prefix, spot)}});
    }
    throw FieldErrors("the check-in", {{"/spot", fmt::format("layer {} has no feature \"{}\"{}", rally.spots.layer, spot.substr(prefix.size()),
                                                             rally.spots.filter.empty() ? "" : " that is a spot of this rally")}});
}

CheckInCase prepare_case(data::Store &store, SpotSets &spots, const Rallies &rallies, const CheckInRequest &request, http::Language language,
                         std::int64_t now_us) {
    auto versioned = rallies.find(request.rally);
    if (!versioned) {
        throw FieldErrors("the check-in", {{"/rally", fmt::format("there is no rally \"{}\"", request.rally)}});
    }
    auto spot = spots.find(*versioned, request.spot);
    if (!spot) {
        refuse_unknown_spot(versioned->rally, request.spot);
    }
    CheckInCase attempt{request, &spots, versioned, std::move(spot), nullptr, {}, false, {}, {}, {}, make_ulid(now_us), {}, {}, {}, now_us, language};
    if (!request.course.empty()) {
        attempt.course = versioned->rally.find_course(request.course);
        if (attempt.course == nullptr) {
            throw FieldErrors("the check-in", {{"/course", fmt::format("rally {} has no course \"{}\"", request.rally, request.course)}});
        }
        attempt.plan = spots.plan(*versioned, *attempt.course);
    }
    attempt.rules = rules_version(*versioned);
    attempt.inputs_digest = digest_of(attempt);
    rally::Facts &facts = attempt.facts;
    facts.received_at_us = now_us;
    facts.points = attempt.spot->points;
    facts.is_indoor = attempt.spot->is_indoor;
    if (request.ticket) {
        attempt.ticket = valid_ticket(store, request);
        facts.token_fault = attempt.ticket ? rally::TokenFault::none : rally::TokenFault::wrong_ticket;
    }
    attempt.is_proof_signed = request.proof && is_signed_by_its_key(request);
    const auto window = attempt.ticket ? std::optional(rally::TicketWindow{attempt.ticket->from_us, attempt.ticket->until_us}) : std::nullopt;
    rally::Sighting sighting = rally::sight(*attempt.spot, request.platform, request.plain_fixes(), now_us, rally::current_rules(), window);
    facts.seen = std::move(sighting.seen);
    facts.has_stale = sighting.has_stale;
    facts.has_future = sighting.has_future;
    if (attempt.ticket && facts.seen.newest_at_ms) {
        facts.visited_at_us = std::min(*facts.seen.newest_at_ms * 1000, now_us); // a phone's clock may be some seconds ahead
    }
    attempt.at_us = facts.at_us();
    attempt.period = rally::period_key(versioned->rally.spots.per, attempt.at_us);
    facts.measures = measures_of(request);
    facts.measures.late_s = std::floor(static_cast<double>(now_us - attempt.at_us) / 1e6);
    attempt.remembered = remembered_of(attempt);
    if (attempt.pays_stay()) {
        attempt.remembered.stay_fixes = stay_fixes(attempt);
    }
    return attempt;
}

const rally::Question *question_for(const rally::Rally &rally, std::string_view spot, std::string_view member, std::string_view day,
                                    std::int64_t tries) {
    std::vector<const rally::Question *> pool;
    for (const rally::Question &question : rally.questions) {
        if (question.spot.empty() || question.spot == spot) {
            pool.push_back(&question);
        }
    }
    if (pool.empty()) {
        return nullptr;
    }
    // Where the member begins in the pool is drawn by a hash; each wrong answer goes on to the next question.
    const data::Hash hash = data::sha256(fmt::format("{}\n{}\n{}\n{}", rally.id, spot, member, day));
    const auto begin = static_cast<std::size_t>(hash[0]) << 16U | static_cast<std::size_t>(hash[1]) << 8U | hash[2];
    return pool[(begin + static_cast<std::size_t>(tries)) % pool.size()];
}

std::int64_t wait_until_us(const rally::Rally &rally, const data::EvidenceBook::WrongTries &tries, const rally::Rules &rules) noexcept {
    if (tries.tries == 0) {
        return 0;
    }
    const double doubled_s = static_cast<double>(rally.wait_s) * std::exp2(static_cast<double>(std::min<std::int64_t>(tries.tries - 1, 30)));
    return tries.last_at_us + static_cast<std::int64_t>(std::min(doubled_s, rules.evidence.longest_wait_s) * 1e6);
}

bool is_open_to(const rally::Rally &rally, std::string_view spot, const std::vector<data::Stamp> &stamps) {
    if (!rally.is_locked_at_first(spot)) {
        return true;
    }
    return std::any_of(stamps.begin(), stamps.end(), [&](const data::Stamp &stamp) {
        const rally::Riddle *riddle = rally.riddle_of(stamp.spot);
        return riddle != nullptr && std::find(riddle->opens.begin(), riddle->opens.end(), spot) != riddle->opens.end();
    });
}

} // namespace keyaki::server
