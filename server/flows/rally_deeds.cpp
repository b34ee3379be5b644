#include "server/flows/rally_deeds.hpp"

#include "data/books.hpp"
#include "data/sha256.hpp"
#include "geo/course.hpp"
#include "geo/error.hpp"
#include "server/flows/check_in_case.hpp"
#include "server/flows/prizes.hpp"
#include "server/identifiers.hpp"
#include "server/json_reader.hpp"
#include "server/rally/draw.hpp"
#include "server/rally/limits.hpp"
#include "server/rally/steps.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace keyaki::server {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct SentTrack {
    std::string member;
    geo::Platform platform = geo::Platform::unknown;
    std::vector<geo::Fix> fixes;
};

std::optional<geo::Fix> fix_of(const json &value) {
    const bool is_fix =
        value.is_array() && value.size() == 4 && std::all_of(value.begin(), value.end(), [](const json &one) { return one.is_number(); });
    if (!is_fix || !value[3].is_number_integer()) {
        return std::nullopt;
    }
    geo::Fix fix{{value[0].get<double>(), value[1].get<double>()}, value[2].get<double>(), value[3].get<std::int64_t>(), false};
    return geo::is_on_earth(fix.position) ? std::optional(fix) : std::nullopt;
}

SentTrack parse_track(std::string_view body) {
    return read_object(body, "the track", [&](ObjectReader &reader, std::vector<FieldError> &errors) {
        SentTrack track;
        track.member = reader.text("member", 64);
        track.platform = geo::platform_of(reader.optional_one_of("platform", {"android", "ios", "web", "unknown"}).value_or("unknown"));
        const json *fixes = reader.required("fixes");
        if (fixes != nullptr && (!fixes->is_array() || fixes->size() < 2 || fixes->size() > rally::max_track_fixes)) {
            reader.refuse("fixes", fmt::format("expected a list of 2 to {} fixes", rally::max_track_fixes));
        } else if (fixes != nullptr) {
            for (std::size_t i = 0; i < fixes->size() && errors.size() < 20; ++i) {
                if (const auto fix = fix_of((*fixes)[i])) {
                    track.fixes.push_back(*fix);
                } else {
                    errors.push_back(
                        {fmt::format("/fixes/{}", i), "expected [lon, lat, accuracy in metres, milliseconds since 1970] of a place on Earth"});
                }
            }
        }
        return track;
    });
}

rally::StepReport parse_steps(std::string_view body, std::string &member, std::int64_t now_us) {
    return read_object(body, "the report of steps", [&](ObjectReader &reader) {
        rally::StepReport report;
        member = reader.text("member", 64);
        if (!member.empty() && !is_pseudonym(member)) {
            reader.refuse("member", "expected 1 to 64 of A-Z a-z 0-9 . _ : -");
        }
        report.day = reader.text("day", 10);
        report.source = reader.text("source", 64);
        if (!report.source.empty() && !is_pseudonym(report.source)) {
            reader.refuse("source", "expected 1 to 64 of A-Z a-z 0-9 . _ : -");
        }
        report.steps = reader.integer("steps", 0, rally::max_reported_steps);
        report.is_manual = reader.one_of("recording", {"sensor", "manual"}) == "manual";
        report.distance_m = reader.optional_number("distance_m", 0, 1'000'000);
        report.received_at_us = now_us;
        return report;
    });
}

void require_open(const rally::Rally &rally, std::int64_t now_us) {
    if (now_us < rally.starts_us || now_us >= rally.ends_us + 1'000'000) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("rally {} is open from {} to {}", rally.id, format_rfc3339_jst(rally.starts_us),
                                                               format_rfc3339_jst(rally.ends_us)));
    }
}

void note(data::WriteTransaction &transaction, std::int64_t now_us, std::string_view author, const char *action, std::string_view subject,
          const json &detail) {
    transaction.insert_audit(
        {now_us, std::string(author), action, std::string(subject), detail.dump(-1, ' ', false, json::error_handler_t::replace)});
}

/// Those of the run's own time: a walk of last week, or one that is still to come, is not this run's. Returns how many were left out.
std::size_t keep_fixes_of(const data::CourseRun &run, std::int64_t now_us, std::vector<geo::Fix> &fixes) {
    const geo::PresenceRules &rules = rally::current_rules().presence;
    const std::int64_t from_ms = run.started_at_us / 1000 - rules.stale_after_ms;
    const std::int64_t until_ms = now_us / 1000 + rules.future_after_ms;
    return std::erase_if(fixes, [&](const geo::Fix &fix) { return fix.taken_at_ms < from_ms || fix.taken_at_ms > until_ms; });
}

rally::DrawDocument document_of(const data::Draw &draw) { return rally::parse_draw(draw.document_json); }

} // namespace

TrackAnswer send_track(data::Store &store, SpotSets &spots, const VersionedRally &versioned, std::string_view run_id, std::string_view body,
                       std::int64_t now_us) {
    SentTrack track = parse_track(body);
    std::optional<data::CourseRun> run;
    store.read_books([&](data::Books &books) { run = books.runs.find(run_id); });
    const rally::Course *course = run ? versioned.rally.find_course(run->course) : nullptr;
    if (!run || run->rally != versioned.rally.id || run->member != track.member || course == nullptr) {
        throw geo::Error(geo::ErrorKind::not_found, "there is no such run of this member in this rally");
    }
    const auto line = spots.line(*course);
    if (course->mode != rally::CourseMode::track || !line || run->finished_at_us) {
        throw geo::Error(geo::ErrorKind::conflict,
                         run->finished_at_us ? "this run is finished already" : "this course asks for no track, or its line is not published");
    }
    TrackAnswer answer;
    answer.fixes_outside_run = keep_fixes_of(*run, now_us, track.fixes);
    const rally::Rules &rules = rally::current_rules();
    answer.coverage = geo::cover(geo::path_of(*line), track.platform, track.fixes, rules.track, rules.presence);
    answer.verdict = geo::judge(answer.coverage, rules.track);
    if (answer.verdict == geo::TrackVerdict::pass && answer.coverage.fast_speed_mps > rules.track.most_paces * rally::pace_mps(course->pace)) {
        answer.verdict = geo::TrackVerdict::review;
    }
    store.write([&](data::WriteTransaction &transaction) {
        data::Books books = transaction.books();
        auto now = books.runs.find(run_id);
        if (!now || now->finished_at_us) {
            throw geo::Error(geo::ErrorKind::conflict, "this run is finished already");
        }
        // The better of several: a phone may send again what it recorded since.
        if (!now->coverage || answer.coverage.coverage >= *now->coverage) {
            now->coverage = answer.coverage.coverage;
            now->fast_mps = answer.coverage.fast_speed_mps;
        }
        books.runs.update(*now);
    });
    return answer;
}

std::string report_steps(data::Store &store, const VersionedRally &versioned, std::string_view body, std::int64_t now_us) {
    const rally::Rally &rally = versioned.rally;
    std::string member;
    const rally::StepReport report = parse_steps(body, member, now_us);
    if (!rally.steps) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("rally {} is of kind {} and pays no steps", rally.id, rally::kind_name(rally.kind)));
    }
    require_open(rally, now_us);
    rally::StepOutcome outcome;
    std::string transfer;
    store.write([&](data::WriteTransaction &transaction) {
        data::Books books = transaction.books();
        const auto before = books.prizes.steps(member, rally.id, report.day);
        const auto budget = transaction.find_account(rally::budget_account(rally.id));
        // What was paid stands in the ledger also where the member was erased since: nothing is paid twice.
        const std::string prefix = fmt::format("steps/{}/{}/{}/", rally.id, member, report.day);
        const std::int64_t paid = std::max(before ? before->paid_points : 0, transaction.points_by_prefix(prefix));
        outcome = rally::decide_steps(rally, report, {before ? before->source : "", paid}, budget ? budget->available() : 0);
        transfer = prefix + std::to_string(outcome.points);
        const Award award{transfer, member, outcome.award, "steps", report.day, 0};
        if (outcome.award > 0 && award_fault(transaction, rally, award, now_us) != rally::AwardFault::none) {
            outcome.reasons.push_back(rally::StepReason::award_refused);
            outcome.points = paid;
            outcome.award = 0;
        }
        if (outcome.award > 0) {
            give_award(transaction, rally, award, now_us);
            const ordered_json data{{"transfer", transfer}, {"member", member}, {"rally", rally.id}, {"points", outcome.award}};
            transaction.insert_event({transfer + "/awarded", "points.awarded", member, data.dump(), now_us});
        }
        if (outcome.paid_steps > 0) {
            books.prizes.put_steps(member, rally.id, report.day, {report.source, report.steps, outcome.points, now_us});
        }
    });
    ordered_json reasons = ordered_json::array();
    for (const rally::StepReason reason : outcome.reasons) {
        reasons.push_back(rally::step_reason_code(reason));
    }
    ordered_json awards = ordered_json::array();
    if (outcome.award > 0) {
        awards.push_back({{"transfer", transfer}, {"points", outcome.award}, {"state", "posted"}});
    }
    return ordered_json{{"day", report.day},
                        {"paid_steps", outcome.paid_steps},
                        {"points_of_day", outcome.points},
                        {"reasons", std::move(reasons)},
                        {"awards", std::move(awards)}}
        .dump();
}

std::string secret_of_spot(data::Store &store, std::string_view rally, std::string_view spot) {
    std::optional<data::EvidenceBook::Secret> secret;
    store.read_books([&](data::Books &books) { secret = books.evidence.rally_secret(rally); });
    if (!secret) {
        store.write([&](data::WriteTransaction &transaction) {
            data::Books books = transaction.books();
            secret = books.evidence.rally_secret(rally);
            if (secret) {
                return;
            }
            secret = make_secret();
            books.evidence.put_rally_secret(rally, *secret);
        });
    }
    return spot_secret(*secret, rally, spot);
}

std::string close_draw(data::Store &store, const VersionedRally &versioned, std::size_t winners, std::string_view seed_announced,
                       std::string_view author, std::int64_t now_us) {
    rally::DrawDocument document;
    document.rally = versioned.rally.id;
    document.closed_at = format_rfc3339_jst(now_us);
    document.seed_announced = seed_announced;
    document.winners_wanted = winners;
    if (now_us < versioned.rally.ends_us + 1'000'000) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("rally {} gives tickets until {}; its draw is closed after that", document.rally,
                                                               format_rfc3339_jst(versioned.rally.ends_us)));
    }
    store.write([&](data::WriteTransaction &transaction) {
        data::Books books = transaction.books();
        std::vector<std::string> members;
        for (const data::DrawTicket &ticket : books.prizes.tickets(document.rally)) {
            document.entries.push_back(ticket.ticket);
            members.push_back(ticket.member);
        }
        if (document.entries.empty()) {
            throw geo::Error(geo::ErrorKind::not_found, fmt::format("nobody has a ticket of rally {}", document.rally));
        }
        if (!versioned.rally.completion || versioned.rally.completion->unique_winners) {
            document.holders = rally::numbered_holders(members);
        }
        document.hash = rally::entries_hash(document.entries, document.holders);
        data::Draw draw;
        draw.rally = document.rally;
        draw.winners_wanted = static_cast<std::int64_t>(winners);
        draw.entries_hash = data::sha256(rally::entries_lines(document.entries, document.holders));
        draw.seed_announced = document.seed_announced;
        draw.closed_at_us = now_us;
        draw.document_json = rally::draw_json(document);
        books.prizes.close_draw(draw);
        note(transaction, now_us, author, "draw.close", document.rally, {{"entries", document.entries.size()}, {"hash", document.hash}});
    });
    return rally::draw_json(document);
}

std::string draw(data::Store &store, std::string_view rally, std::string_view seed, std::string_view author, std::int64_t now_us) {
    std::string published;
    store.write([&](data::WriteTransaction &transaction) {
        data::Books books = transaction.books();
        auto stored = books.prizes.draw(rally);
        if (!stored) {
            throw geo::Error(geo::ErrorKind::conflict,
                             fmt::format("the draw of rally {} is not closed yet: its list is published before the seed comes", rally));
        }
        rally::DrawDocument document = document_of(*stored);
        if (const auto problems = rally::verify_draw(document); !problems.empty()) {
            throw geo::Error(geo::ErrorKind::corrupt, fmt::format("the stored list of the draw does not hold: {}", problems.front()));
        }
        document.seed = seed;
        document.drawn_at = format_rfc3339_jst(now_us);
        document.winners = rally::winners_of(document.entries, seed, document.winners_wanted, document.holders);
        stored->seed = document.seed;
        stored->drawn_at_us = now_us;
        stored->document_json = published = rally::draw_json(document);
        books.prizes.put_seed(*stored);
        note(transaction, now_us, author, "draw.draw", rally, {{"seed", seed}, {"winners", document.winners}});
    });
    return published;
}

std::string draw_document(data::Store &store, std::string_view rally) {
    std::optional<data::Draw> stored;
    store.read_books([&](data::Books &books) { stored = books.prizes.draw(rally); });
    if (!stored) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("no draw of rally {} is closed", rally));
    }
    return stored->document_json;
}

} // namespace keyaki::server
