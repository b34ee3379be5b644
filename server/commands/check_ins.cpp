#include "server/commands/command.hpp"

#include "data/books.hpp"
#include "geo/error.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/replay.hpp"
#include "server/flows/reviews.hpp"
#include "server/limits.hpp"
#include "server/rally/limits.hpp"
#include "server/review_json.hpp"
#include "server/text_file.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <memory>

namespace keyaki::server::commands {

namespace {

using nlohmann::ordered_json;

std::int64_t time_of(const std::string &text, const char *option, std::int64_t otherwise) {
    if (text.empty()) {
        return otherwise;
    }
    const auto time_us = parse_rfc3339_us(text.size() == 10 ? text + "T00:00:00+09:00" : text);
    if (!time_us) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            fmt::format("{}: expected a day such as 2026-04-01 or a time such as 2026-04-01T10:00:00+09:00, found \"{}\"", option, text));
    }
    return *time_us;
}

ordered_json reasons_json(const std::vector<rally::Reason> &reasons) {
    ordered_json codes = ordered_json::array();
    for (const rally::Reason reason : reasons) {
        codes.push_back(rally::reason_code(reason));
    }
    return codes;
}

/// A body comes with the fixes that were sent: with it the replay begins there.
void replay(const Common &common, const std::string &id, const std::string &body_file) {
    const auto store = common.open();
    const Replay replay = replay_check_in(*store, id);
    ordered_json json{{"check_in", id},
                      {"rules", replay.check_in.rules},
                      {"verdict", rally::verdict_name(replay.outcome.verdict)},
                      {"reasons", reasons_json(replay.outcome.reasons)},
                      {"score", replay.outcome.score},
                      {"same", replay.is_same}};
    bool is_same = replay.is_same;
    std::string difference = replay.difference;
    if (!body_file.empty()) {
        const BodyReplay body = replay_body(*store, replay.check_in, read_text_file(body_file, max_check_in_body_bytes));
        json["same_body"] = body.is_same_body;
        json["same_presence"] = body.is_same_presence;
        if (is_same && !body.is_same_body) {
            difference = "the body is not the one that was decided upon: its digest is another";
        } else if (is_same && !body.is_same_presence) {
            difference = "the fixes of the body say something else of presence";
        }
        is_same = is_same && body.is_same_body && body.is_same_presence;
    }
    if (common.json) {
        fmt::print("{}\n", json.dump());
    } else {
        fmt::print("check-in {} by {}: {} {} (score {})\n", id, replay.check_in.rules, rally::verdict_name(replay.outcome.verdict),
                   reasons_json(replay.outcome.reasons).dump(), replay.outcome.score);
    }
    if (!is_same) {
        throw geo::Error(geo::ErrorKind::corrupt, fmt::format("check-in {} is decided differently now: {}", id, difference));
    }
    if (!common.json) {
        fmt::print("the same answer as then\n");
    }
}

ordered_json report_json(const ShadowReport &report) {
    ordered_json verdicts = ordered_json::array();
    for (const auto &[pair, count] : report.verdicts) {
        verdicts.push_back({{"then", rally::verdict_name(pair.first)}, {"now", rally::verdict_name(pair.second)}, {"check_ins", count}});
    }
    ordered_json changes = ordered_json::array();
    for (const ShadowChange &change : report.changes) {
        changes.push_back({{"check_in", change.id},
                           {"then", rally::verdict_name(change.then)},
                           {"now", rally::verdict_name(change.now)},
                           {"reason", change.reason}});
    }
    return {{"check_ins", report.decided},       {"without_facts", report.without_facts}, {"verdicts", std::move(verdicts)},
            {"points_then", report.points_then}, {"points_now", report.points_now},       {"changes", std::move(changes)}};
}

void print_report(const ShadowReport &report, bool as_json) {
    if (as_json) {
        fmt::print("{}\n", report_json(report).dump());
        return;
    }
    fmt::print("{} check-ins, {} of them without the facts that a replay needs\n", report.decided, report.without_facts);
    for (const auto &[pair, count] : report.verdicts) {
        fmt::print("  {:>8}  {:<15} -> {}\n", count, rally::verdict_name(pair.first), rally::verdict_name(pair.second));
    }
    fmt::print("points posted or held: {} then, {} now\n", report.points_then, report.points_now);
    for (const ShadowChange &change : report.changes) {
        fmt::print("  {}  {} -> {}  {}\n", change.id, rally::verdict_name(change.then), rally::verdict_name(change.now), change.reason);
    }
}

struct Span {
    std::string from;
    std::string to;
    std::string rally;
    std::size_t changes = 20;
};

ShadowQuestion question_of(const Span &span) {
    ShadowQuestion question;
    question.from_us = time_of(span.from, "--from", 0);
    question.to_us = time_of(span.to, "--to", std::numeric_limits<std::int64_t>::max());
    question.rally = span.rally;
    question.most_changes = span.changes;
    return question;
}

void add_span(CLI::App &command, Span &span) {
    command.add_option("--from", span.from, "The first day or time (Japan's days)");
    command.add_option("--to", span.to, "The day or time before which it ends");
    command.add_option("--changes", span.changes, "How many changed check-ins are listed")->check(CLI::Range(0, 100'000));
}

void list_reviews(const Common &common) {
    const auto store = common.open();
    ordered_json list = ordered_json::array();
    store->read_books([&](data::Books &books) {
        for (const data::Review &review : books.reviews.list(std::numeric_limits<std::int64_t>::min(), "", rally::max_listed)) {
            list.push_back(review_json(review, books.history.find(review.check_in)));
        }
    });
    if (common.json) {
        fmt::print("{}\n", list.dump());
        return;
    }
    for (const auto &review : list) {
        fmt::print("{}  {:<8} due {}  score {:>3}  {}  {}\n", review["check_in"].get<std::string>(), review["kind"].get<std::string>(),
                   review["due_at"].get<std::string>(), review.value("score", 0.0), review.value("spot", ""),
                   review.value("reasons", ordered_json::array()).dump());
    }
    fmt::print("{} check-ins wait for somebody to look at them\n", list.size());
}

void decide(const Common &common, const std::string &id, bool approve, const std::string &note) {
    const auto store = common.open();
    const Rallies rallies(*store);
    const ReviewOutcome outcome = decide_review(*store, rallies, id, approve, command_line_author(), note, now_us());
    if (common.json) {
        fmt::print("{}\n", outcome_json(outcome).dump());
    } else {
        fmt::print("check-in {} is {}; {} points were {}\n", id, data::review_state_name(outcome.review.state), outcome.points,
                   outcome.review.state == data::ReviewState::approved ? "posted" : "given back");
    }
}

void add_replays(CLI::App &check_in) {
    const auto common = std::make_shared<Common>();
    const auto id = std::make_shared<std::string>();
    const auto file = std::make_shared<std::string>();
    const auto span = std::make_shared<Span>();

    auto *replaying = check_in.add_subcommand("replay", "Decide a stored check-in again; fails where the answer is another one");
    replaying->footer(
        "It needs the facts that were kept of the check-in (180 days), and the rules and the rally's version, which are kept for ever.\n"
        "Example: keyaki checkin replay 01JRK5T0Q2M3XKZ7C4V8N9P6WA");
    replaying->add_option("id", *id, "The check-in's id")->required();
    replaying->add_option("--body", *file, "The request's body, where somebody still has it: begin at its fixes");
    add_common_options(*replaying, *common, true);
    replaying->callback([common, id, file] { replay(*common, *id, *file); });

    auto *shadowing = check_in.add_subcommand("shadow", "What other rules would have decided over a period");
    shadowing->footer("Example: keyaki checkin shadow stricter.json --from 2026-04-01 --to 2026-05-01");
    shadowing->add_option("rules", *file, "The rules (JSON): a version and the constants that differ; keyaki checkin rules prints all")->required();
    shadowing->add_option("--rally", span->rally, "Only of this rally");
    add_span(*shadowing, *span);
    add_common_options(*shadowing, *common, true);
    shadowing->callback([common, file, span] {
        ShadowQuestion question = question_of(*span);
        question.rules = rally::parse_rules(read_text_file(*file, max_rally_bytes));
        print_report(shadow(*common->open(), question), common->json);
    });

    auto *rules = check_in.add_subcommand("rules", "Print every constant of the decision");
    rules->footer("Example: keyaki checkin rules > rules.json");
    rules->callback([] { fmt::print("{}\n", ordered_json::parse(rally::rules_json(rally::current_rules())).dump(2)); });
}

void add_decisions(CLI::App &review) {
    const auto common = std::make_shared<Common>();
    const auto id = std::make_shared<std::string>();
    const auto note = std::make_shared<std::string>();

    auto *listing = review.add_subcommand("list", "Check-ins that somebody has to look at, the one that lapses first in front");
    listing->footer("Example: keyaki review list");
    add_common_options(*listing, *common, true);
    listing->callback([common] { list_reviews(*common); });

    auto *approving = review.add_subcommand("approve", "Post the held points of a check-in");
    approving->footer("Example: keyaki review approve 01JRK5T0Q2M3XKZ7C4V8N9P6WA --note \"seen by the staff\"");
    approving->add_option("id", *id, "The check-in's id")->required();
    approving->add_option("--note", *note, "Why");
    add_common_options(*approving, *common, true);
    approving->callback([common, id, note] { decide(*common, *id, true, *note); });

    auto *rejecting = review.add_subcommand("reject", "Give the held points of a check-in back, and take its stamp back");
    rejecting->footer("Example: keyaki review reject 01JRK5T0Q2M3XKZ7C4V8N9P6WA --note \"joystick app\"");
    rejecting->add_option("id", *id, "The check-in's id")->required();
    rejecting->add_option("--note", *note, "Why")->required();
    add_common_options(*rejecting, *common, true);
    rejecting->callback([common, id, note] { decide(*common, *id, false, *note); });

    auto *lapsing = review.add_subcommand("lapse", "Give back what nobody looked at in time");
    lapsing->footer("The server does so by itself.\nExample: keyaki review lapse");
    add_common_options(*lapsing, *common, true);
    lapsing->callback([common] {
        const auto store = common->open();
        const Rallies rallies(*store);
        const std::size_t count = lapse_reviews(*store, rallies, now_us(), rally::max_listed);
        common->json ? fmt::print("{}\n", ordered_json{{"lapsed", count}}.dump()) : fmt::print("{} reviews lapsed\n", count);
    });
}

} // namespace

void add_check_ins(CLI::App &keyaki) {
    auto *check_in = keyaki.add_subcommand("checkin", "Decide stored check-ins again, by the same or by other rules");
    check_in->require_subcommand(1);
    add_replays(*check_in);
    auto *review = keyaki.add_subcommand("review", "Check-ins in doubt: look at them, post or give back their points");
    review->require_subcommand(1);
    add_decisions(*review);
}

void add_preview(CLI::App &rally) {
    const auto common = std::make_shared<Common>();
    const auto file = std::make_shared<std::string>();
    const auto span = std::make_shared<Span>();
    auto *preview = rally.add_subcommand("preview", "Who would have got what, had a configuration been in force");
    preview->footer(
        "It decides the rally's stored check-ins again: by the new points, limits, hours and evidence. Fences are not tried anew, as positions\n"
        "are not kept.\nExample: keyaki rally preview rallies/preparedness-2026.json --from 2026-04-01");
    preview->add_option("file", *file, "The configuration (JSON)")->required();
    add_span(*preview, *span);
    add_common_options(*preview, *common, true);
    preview->callback([common, file, span] {
        ShadowQuestion question = question_of(*span);
        question.configuration = rally::parse_rally(read_text_file(*file, max_rally_bytes));
        question.rally = question.configuration->id;
        print_report(shadow(*common->open(), question), common->json);
    });
}

} // namespace keyaki::server::commands
