#include "tests/sim/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::sim {

namespace {

std::string percent(std::size_t hits, std::size_t of) {
    if (of == 0) {
        return "";
    }
    const double share = 100 * static_cast<double>(hits) / static_cast<double>(of);
    return hits == 0 ? "0" : fmt::format("{:.{}f}", share, share < 10 ? 2 : 1);
}

std::string cell_text(std::size_t hits, std::size_t of) {
    return hits == of ? "1" : hits == 0 ? "0" : fmt::format("{:.3f}", static_cast<double>(hits) / static_cast<double>(of));
}

constexpr geo::Platform platforms[] = {geo::Platform::android, geo::Platform::ios, geo::Platform::web};

/// The two reasons that came most.
std::string reasons_text(const Tally &tally) {
    std::vector<std::pair<std::string, std::size_t>> reasons(tally.reasons.begin(), tally.reasons.end());
    std::stable_sort(reasons.begin(), reasons.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, reasons.size()); ++i) {
        text += fmt::format("{}{} {} %", i > 0 ? ", " : "", reasons[i].first, percent(reasons[i].second, tally.tries));
    }
    return text;
}

/// What a condition counted beside its tally, by person.
std::string figures_text(const Result &result) {
    std::string text;
    for (const auto &[name, value] : result.figures) {
        text += fmt::format("; {} {:.4g} a person", name, value / static_cast<double>(result.people));
    }
    return text;
}

std::string visits_table(const std::vector<const Result *> &results) {
    std::string text =
        "\n### Honest visits: a tap at a fence of 40 m\n\n"
        "| condition | visits | let in | of them asked for more fixes | asked for a token | refused or left without a token | held | why not |\n"
        "|--|--:|--:|--:|--:|--:|--:|--|\n";
    for (const Result *result : results) {
        const Tally &tally = result->tally;
        text += fmt::format("| {} | {} | {} % | {} % | {} % | {} % | {} % | {}{} |\n", result->condition->title, tally.tries,
                            percent(tally.posted, tally.tries), percent(tally.asked_more, tally.tries), percent(tally.asked_token, tally.tries),
                            percent(tally.refused + tally.token, tally.tries), percent(tally.held, tally.tries), reasons_text(tally),
                            figures_text(*result));
    }
    return text;
}

std::string tries_table(const std::string &title, const char *first, const std::vector<const Result *> &results) {
    std::string text = fmt::format("\n### {}\n\n| {} | tries | posted | of all posted and looked at | held | refused | what said so | what bounds it "
                                   "|\n|--|--:|--:|--:|--:|--:|--|--|\n",
                                   title, first);
    for (const Result *result : results) {
        const Tally &tally = result->tally;
        text += fmt::format("| {} | {} | {} % | {} % | {} % | {} % | {}{} | {} |\n", result->condition->title, tally.tries,
                            percent(tally.posted, tally.tries), percent(result->sampled, tally.tries), percent(tally.held, tally.tries),
                            percent(tally.refused + tally.token, tally.tries), reasons_text(tally), figures_text(*result), result->condition->bound);
    }
    return text;
}

std::string network_table(const std::vector<const Result *> &results) {
    std::string text =
        "\n### Network and crashes\n\n| what happens | people | requests | repeated by the network | killed | points posted | doubled, lost "
        "or otherwise wrong |\n|--|--:|--:|--:|--:|--:|--:|\n";
    for (const Result *result : results) {
        text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", result->condition->title, result->people, result->requests, result->repeats,
                            result->deaths, result->posted_points, result->wrong.size());
    }
    return text;
}

Count sum(const std::vector<const Result *> &results, std::size_t Tally::*hits) {
    Count count;
    for (const Result *result : results) {
        count.hits += result->tally.*hits;
        count.of += result->tally.tries;
    }
    return count;
}

} // namespace

std::string presence_report(std::uint64_t seed, std::size_t trials, std::vector<Promise> &promises) {
    constexpr double distances_m[] = {0, 10, 20, 30, 60, 80, 100, 150};
    std::string text = fmt::format("\n### Let in without a token, by true distance from the middle of a fence of 40 m ({} people a cell)\n\n"
                                   "| platform | claims | 0 m | 10 | 20 | 30 | 60 | 80 | 100 | 150 | fixes at 0 m |\n"
                                   "|--|--|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
                                   trials);
    for (const geo::Platform platform : platforms) {
        for (const double accuracy_m : {10.0, 20.0, 30.0, 50.0, 100.0}) {
            PhoneModel model;
            model.platform = platform;
            model.accuracy_m = accuracy_m;
            text += fmt::format("| {} | {:.0f} m |", platform_name(platform), accuracy_m);
            double fixes = 0;
            for (const double away_m : distances_m) {
                const PresenceCell cell = presence(model, away_m, trials, seed);
                text += fmt::format(" {} |", cell_text(cell.in, cell.trials));
                if (away_m == 0) {
                    fixes = static_cast<double>(cell.fixes) / static_cast<double>(cell.trials);
                }
                if (accuracy_m == 30 && away_m == 0) {
                    promises.push_back({fmt::format("{}, claims 30 m, at the spot: refused or asked for a token", platform_name(platform)),
                                        {cell.trials - cell.in, cell.trials},
                                        0.02});
                }
                if (accuracy_m <= 30 && away_m == 100) {
                    promises.push_back(
                        {fmt::format("{}, claims {:.0f} m, 100 m away: let in", platform_name(platform), accuracy_m), {cell.in, cell.trials}, 0.005});
                }
            }
            text += fmt::format(" {:.2f} |\n", fixes);
        }
    }
    return text;
}

std::string coverage_report(std::uint64_t seed, std::size_t trials, std::vector<Promise> &promises) {
    std::string text = fmt::format("\n### Tracks over street-like courses of 2.6 km, 1.25 m/s ({} tracks a row)\n\n"
                                   "| walker | claims | a fix every | pass | review | fail | coverage mean | least | most |\n"
                                   "|--|--|--|--:|--:|--:|--:|--:|--:|\n",
                                   trials);
    for (const Going going : {Going::honest, Going::skips_the_end, Going::cuts, Going::reverse, Going::parallel}) {
        for (const double accuracy_m : {12.0, 30.0}) {
            for (const double cadence_s : {5.0, 10.0, 30.0}) {
                const CoverageCell cell = coverage(going, accuracy_m, cadence_s, trials, seed);
                text += fmt::format("| {} | {:.0f} m | {:.0f} s | {} % | {} % | {} % | {:.2f} | {:.2f} | {:.2f} |\n", going_name(going), accuracy_m,
                                    cadence_s, percent(cell.pass, cell.trials), percent(cell.review, cell.trials),
                                    percent(cell.trials - cell.pass - cell.review, cell.trials), cell.mean, cell.least, cell.most);
                const std::string who = fmt::format("track, {}, claims {:.0f} m, every {:.0f} s: passes", going_name(going), accuracy_m, cadence_s);
                if (going == Going::honest) {
                    promises.push_back({who, {cell.pass, cell.trials}, 0.99, true});
                } else if (going != Going::skips_the_end) { // whom the missing stamps stop
                    promises.push_back({who, {cell.pass, cell.trials}, 0});
                }
            }
        }
    }
    return text;
}

std::string conditions_report(const std::vector<Result> &results, std::vector<Promise> &promises) {
    std::map<Section, std::vector<const Result *>> of;
    std::size_t wrong = 0;
    std::size_t requests = 0;
    for (const Result &result : results) {
        of[result.condition->section].push_back(&result);
        wrong += result.wrong.size();
        requests += result.requests;
    }
    std::string text;
    if (const auto &visits = of[Section::visits]; !visits.empty()) {
        text += visits_table(visits);
        for (const Result *result : visits) {
            if (result->condition->name == "street") {
                const Tally &tally = result->tally;
                promises.push_back(
                    {"visitors around the spot, claim 30 m: refused or asked for a token", {tally.refused + tally.token, tally.tries}, 0.02});
            }
        }
    }
    if (const auto &courses = of[Section::courses]; !courses.empty()) {
        text += tries_table("Honest walkers of the sample city's courses, from the first stamp to the last", "walker", courses);
        promises.push_back({"courses of the city, honest walkers: finished", sum(courses, &Tally::posted), 0.99, true});
    }
    if (const auto &cheats = of[Section::course_cheats]; !cheats.empty()) {
        text += tries_table("Who only seems to walk a course", "cheat", cheats);
        for (const Result *result : cheats) {
            const std::string &name = result->condition->name;
            if (name.starts_with("cut-1") || name.starts_with("cut-3") || name.starts_with("reverse") || name.starts_with("parallel")) {
                promises.push_back(
                    {"courses of the city, " + result->condition->title + ": finished", {result->tally.posted, result->tally.tries}, 0});
            }
        }
    }
    if (const auto &attacks = of[Section::attacks]; !attacks.empty()) {
        text += tries_table("Attacks of the threat table", "attack", attacks);
    }
    if (const auto &networks = of[Section::networks]; !networks.empty()) {
        text += network_table(networks);
    }
    std::vector<const Result *> honest;
    for (const Section section : {Section::visits, Section::courses, Section::networks}) {
        honest.insert(honest.end(), of[section].begin(), of[section].end());
    }
    if (!honest.empty()) {
        promises.push_back({"honest visits and walks of all tables: held", sum(honest, &Tally::held), 0.005});
    }
    promises.push_back({"answers and books of all conditions: at odds", {wrong, requests}, 0});
    return text;
}

std::string promises_report(const std::vector<Promise> &promises) {
    std::string text = "\n### What was promised\n\n| promise | bound | shown | of | 99 % limit | holds |\n|--|--:|--:|--:|--:|--|\n";
    for (const Promise &promise : promises) {
        const double limit = promise.is_least ? lower_limit(promise.count) : upper_limit(promise.count);
        text += fmt::format("| {} | {} {:g} % | {} % | {} | {:.2f} % | {} |\n", promise.sentence, promise.is_least ? "≥" : "≤", 100 * promise.limit,
                            percent(promise.count.hits, promise.count.of), promise.count.of, 100 * limit, promise.holds() ? "yes" : "**no**");
    }
    return text;
}

} // namespace keyaki::sim
