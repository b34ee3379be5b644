#include "server/flows/replay.hpp"

#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/flows/check_in.hpp"
#include "server/json_reader.hpp"
#include "tiles/layer_snapshot.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>

namespace keyaki::server {

namespace {

using nlohmann::json;

constexpr std::size_t page_rows = 1'000;

/// "2026-04-01/4+preparedness-2026/2" in its parts.
struct RulesName {
    std::string rules;
    std::string rally;
    std::uint64_t version = 0;
};

std::optional<RulesName> rules_name_of(std::string_view text) {
    const std::size_t plus = text.find('+');
    const std::size_t slash = text.rfind('/');
    if (plus == std::string_view::npos || slash == std::string_view::npos || slash < plus) {
        return std::nullopt;
    }
    RulesName name{std::string(text.substr(0, plus)), std::string(text.substr(plus + 1, slash - plus - 1)), 0};
    const std::string_view number = text.substr(slash + 1);
    const auto read = std::from_chars(number.data(), number.data() + number.size(), name.version);
    return read.ec == std::errc() && read.ptr == number.data() + number.size() ? std::optional(name) : std::nullopt;
}

/// Rules and configurations by their names, each read once.
class Versions {
  public:
    explicit Versions(data::Books &books) : m_books(books) {}

    /// nullptr where they are not kept (a check-in of before they were).
    const rally::Rules *rules(const std::string &version) {
        auto [entry, is_new] = m_rules.try_emplace(version);
        if (is_new) {
            if (const auto text = m_books.evidence.rule_set(version)) {
                entry->second = rally::parse_rules(*text);
            }
        }
        return entry->second ? &*entry->second : nullptr;
    }
    const rally::Rally *rally(const std::string &id, std::uint64_t version) {
        auto [entry, is_new] = m_rallies.try_emplace({id, version});
        if (is_new) {
            if (const auto text = m_books.history.rally_json(id, version)) {
                entry->second = rally::parse_rally(*text);
            }
        }
        return entry->second ? &*entry->second : nullptr;
    }

  private:
    data::Books &m_books;
    std::map<std::string, std::optional<rally::Rules>> m_rules;
    std::map<std::pair<std::string, std::uint64_t>, std::optional<rally::Rally>> m_rallies;
};

std::optional<rally::Facts> facts_of(const data::KeptCheckIn &kept) {
    if (kept.evidence_json.empty()) {
        return std::nullopt;
    }
    const json evidence = json::parse(kept.evidence_json, nullptr, false);
    if (!evidence.is_object() || !evidence.contains("facts")) {
        return std::nullopt; // of before facts were kept
    }
    return rally::facts_of_json(evidence.at("facts").dump());
}

std::string difference_of(const data::KeptCheckIn &kept, const rally::Facts &facts, const rally::Outcome &outcome) {
    const json answer = json::parse(kept.answer_json);
    const std::string verdict(rally::verdict_name(outcome.verdict));
    if (verdict != kept.verdict) {
        return fmt::format("the verdict was {}, and is {} now", kept.verdict, verdict);
    }
    json reasons = json::array();
    for (const rally::Reason reason : outcome.reasons) {
        reasons.push_back(rally::reason_code(reason));
    }
    if (reasons != answer.value("reasons", json::array())) {
        return fmt::format("the reasons were {}, and are {} now", answer.value("reasons", json::array()).dump(), reasons.dump());
    }
    if (outcome.score != kept.score) {
        return fmt::format("the score was {}, and is {} now", kept.score, outcome.score);
    }
    const auto probability = answer.find("inside_probability");
    if (probability != answer.end() && probability->is_number() && std::abs(probability->get<double>() - facts.seen.probability) > 0.0011) {
        return fmt::format("the probability was {}, and the facts say {}", probability->get<double>(), facts.seen.probability);
    }
    return {};
}

std::int64_t points_of(const rally::Outcome &outcome) {
    return outcome.verdict == rally::Verdict::accepted || outcome.verdict == rally::Verdict::held ? outcome.award_points : 0;
}

/// One page after another of a period, decided again.
class Shadow {
  public:
    Shadow(data::Books &books, const ShadowQuestion &question) : m_books(books), m_versions(books), m_question(question) {}

    ShadowReport run() {
        std::int64_t after = 0;
        for (std::size_t found = page_rows; found == page_rows;) {
            const auto rows = m_books.history.between(m_question.from_us, m_question.to_us, m_question.rally, after, page_rows);
            found = rows.size();
            for (const auto &row : rows) {
                after = row.number;
                decide(row.check_in);
            }
        }
        return std::move(m_report);
    }

  private:
    void decide(const data::KeptCheckIn &kept) {
        ++m_report.decided;
        const auto name = rules_name_of(kept.rules);
        const rally::Rules *rules = name ? m_versions.rules(name->rules) : nullptr;
        const rally::Rally *rally = name ? m_versions.rally(name->rally, name->version) : nullptr;
        const auto facts = rules != nullptr && rally != nullptr ? facts_of(kept) : std::nullopt;
        if (!facts) {
            ++m_report.without_facts;
            return;
        }
        require_replayable(*rules);
        rally::Facts asked = *facts;
        if (m_question.configuration) {
            // Points of a spot's own feature stay; those that came from the rally become the new ones.
            asked.points = asked.points == rally->spots.points ? m_question.configuration->spots.points : asked.points;
            asked.budget_available = asked.budget_available < facts->points ? asked.budget_available : rally::max_budget;
        }
        const rally::Outcome then = rally::decide(*rally, *facts, *rules);
        const rally::Outcome now =
            rally::decide(m_question.configuration ? *m_question.configuration : *rally, asked, m_question.rules ? *m_question.rules : *rules);
        note(kept, then, now);
    }

    void require_replayable(const rally::Rules &rules) {
        if (!m_question.rules) {
            return;
        }
        const auto names = rally::unreplayable_differences(rules, *m_question.rules);
        if (!names.empty()) {
            throw geo::Error(
                geo::ErrorKind::conflict,
                fmt::format("the constant {} works on positions, which are not kept: expected the value that check-ins were decided with "
                            "({}), found another one in {}",
                            names.front(), rules.version, m_question.rules->version));
        }
    }

    void note(const data::KeptCheckIn &kept, const rally::Outcome &then, const rally::Outcome &now) {
        ++m_report.verdicts[{then.verdict, now.verdict}];
        m_report.points_then += points_of(then);
        m_report.points_now += points_of(now);
        if ((then.verdict != now.verdict || points_of(then) != points_of(now)) && m_report.changes.size() < m_question.most_changes) {
            m_report.changes.push_back(
                {kept.id, then.verdict, now.verdict, now.reasons.empty() ? std::string() : std::string(rally::reason_code(now.reasons.front()))});
        }
    }

    data::Books &m_books;
    Versions m_versions;
    const ShadowQuestion &m_question;
    ShadowReport m_report;
};

/// With the coordinates that a snapshot has, which is what was decided upon: rounded to seven decimals.
geo::Feature as_served(const geo::Feature &feature) {
    tiles::LayerSnapshot::Builder builder({});
    builder.add(feature);
    return *builder.finish()->find(feature.id);
}

} // namespace

Replay replay_check_in(data::Store &store, std::string_view id) {
    Replay replay;
    store.read_books([&](data::Books &books) {
        auto kept = books.history.find(id);
        if (!kept) {
            throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no check-in \"{}\"", id));
        }
        replay.check_in = std::move(*kept);
        const auto facts = facts_of(replay.check_in);
        if (!facts) {
            throw geo::Error(geo::ErrorKind::conflict,
                             fmt::format("check-in {} cannot be decided again: expected the facts that it was decided upon, "
                                         "found {}; its verdict stands as it was stored: {}",
                                         id, replay.check_in.evidence_json.empty() ? "that their retention is over" : "none",
                                         replay.check_in.verdict));
        }
        Versions versions(books);
        const auto name = rules_name_of(replay.check_in.rules);
        const rally::Rules *rules = name ? versions.rules(name->rules) : nullptr;
        const rally::Rally *rally = name ? versions.rally(name->rally, name->version) : nullptr;
        if (rules == nullptr || rally == nullptr) {
            throw geo::Error(geo::ErrorKind::conflict,
                             fmt::format("check-in {} cannot be decided again: expected the rules and the rally \"{}\" among "
                                         "those that are kept, found no such {}",
                                         id, replay.check_in.rules, rules == nullptr ? "rules" : "version of the rally"));
        }
        replay.outcome = rally::decide(*rally, *facts, *rules);
        replay.difference = difference_of(replay.check_in, *facts, replay.outcome);
        replay.is_same = replay.difference.empty();
    });
    return replay;
}

BodyReplay replay_body(data::Store &store, const data::KeptCheckIn &check_in, std::string_view body) {
    const CheckInRequest request = parse_check_in(body);
    const auto facts = facts_of(check_in);
    const std::size_t slash = check_in.spot.find('/');
    const std::string layer = check_in.spot.substr(0, slash);
    const data::Hash digest =
        data::sha256(request.body_hash, fmt::format("\n{}={}\n{}\n{}", layer, check_in.layer_revision, check_in.rules, check_in.received_at_us));
    BodyReplay replay;
    replay.is_same_body = std::equal(digest.begin(), digest.end(), check_in.inputs_digest.begin(), check_in.inputs_digest.end());
    const auto name = rules_name_of(check_in.rules);
    std::optional<rally::Rally> rally;
    std::optional<rally::Rules> rules;
    store.read_books([&](data::Books &books) {
        Versions versions(books);
        const rally::Rally *kept_rally = name ? versions.rally(name->rally, name->version) : nullptr;
        const rally::Rules *kept_rules = name ? versions.rules(name->rules) : nullptr;
        if (kept_rally != nullptr && kept_rules != nullptr) {
            rally = *kept_rally;
            rules = *kept_rules;
        }
    });
    const auto feature = store.find_feature(layer, data::LayerState::at(check_in.layer_revision), check_in.spot.substr(slash + 1));
    if (facts && rally && rules && feature) {
        const rally::Spot spot = rally::make_spot(*rally, as_served(feature->feature), check_in.layer_revision);
        std::optional<rally::TicketWindow> window;
        if (request.ticket) {
            store.read_books([&](data::Books &books) {
                if (const auto ticket = books.tickets.find(request.ticket->id)) {
                    window = rally::TicketWindow{ticket->from_us, ticket->until_us};
                }
            });
        }
        const rally::Sighting sighting = rally::sight(spot, request.platform, request.plain_fixes(), check_in.received_at_us, *rules, window);
        replay.is_same_presence = sighting.seen.fixes == facts->seen.fixes && sighting.seen.apart == facts->seen.apart &&
                                  sighting.seen.tries == facts->seen.tries && sighting.seen.probability == facts->seen.probability;
    }
    return replay;
}

ShadowReport shadow(data::Store &store, const ShadowQuestion &question) {
    ShadowReport report;
    store.read_books([&](data::Books &books) { report = Shadow(books, question).run(); });
    return report;
}

} // namespace keyaki::server
