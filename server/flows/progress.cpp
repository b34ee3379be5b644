#include "server/flows/progress.hpp"

#include "data/books.hpp"
#include "server/flows/check_in_case.hpp"
#include "server/time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

std::string_view in(const rally::Words &words, http::Language language) { return language == http::Language::ja ? words.ja : words.en; }

/// Everything that the books know of a member in a rally.
struct Standing {
    std::vector<data::Stamp> stamps;
    std::vector<data::CourseRun> runs;
    std::vector<data::RunBook::Finish> finishes;
    std::vector<data::DrawTicket> tickets;
    std::vector<data::CouponGrant> coupons;
    std::int64_t held = 0;
};

Standing read_standing(data::Store &store, const rally::Rally &rally, std::string_view member) {
    Standing standing;
    for (data::Stamp &stamp : store.stamps_of(member)) {
        if (stamp.rally == rally.id) {
            standing.stamps.push_back(std::move(stamp));
        }
    }
    store.read_books([&](data::Books &books) {
        standing.runs = books.runs.of_member(member, rally.id);
        standing.finishes = books.runs.finishes(member, rally.id);
        standing.tickets = books.prizes.tickets_of(rally.id, member);
        standing.held = books.reviews.open_held(member, rally.id);
        for (data::CouponGrant &coupon : books.prizes.coupons_of(member)) {
            if (coupon.rally == rally.id) {
                standing.coupons.push_back(std::move(coupon));
            }
        }
    });
    return standing;
}

ordered_json stamps_json(const std::vector<data::Stamp> &stamps) {
    ordered_json list = ordered_json::array();
    for (const data::Stamp &stamp : stamps) {
        list.push_back(
            {{"spot", stamp.spot}, {"period", stamp.period}, {"check_in", stamp.check_in}, {"stamped_at", format_rfc3339_jst(stamp.stamped_at_us)}});
    }
    return list;
}

/// Spots that come now in a run: the next one of an ordered course, all that are left of others.
std::vector<std::string> spots_ahead(const rally::Course &course, const data::CourseRun *run) {
    const std::size_t done = run == nullptr ? 0 : run->stamps.size();
    if (done >= course.needed) {
        return {};
    }
    if (course.order == rally::CourseOrder::ordered) {
        return {course.spots[done]};
    }
    std::vector<std::string> left;
    for (const std::string &spot : course.spots) {
        const bool is_done =
            run != nullptr && std::any_of(run->stamps.begin(), run->stamps.end(), [&](const auto &stamp) { return stamp.spot == spot; });
        if (!is_done) {
            left.push_back(spot);
        }
    }
    return left;
}

/// Of the spots ahead those that the member may know of: one that a riddle has still to open is neither named nor counted.
std::vector<std::string> next_spots(const rally::Rally &rally, const rally::Course &course, const data::CourseRun *run,
                                    const std::vector<data::Stamp> &stamps) {
    std::vector<std::string> spots = spots_ahead(course, run);
    std::erase_if(spots, [&](const std::string &spot) { return !is_open_to(rally, spot, stamps); });
    return spots;
}

ordered_json courses_json(const rally::Rally &rally, const Standing &standing) {
    ordered_json list = ordered_json::array();
    for (const rally::Course &course : rally.courses) {
        // The latest run that is not over; else the latest.
        const auto of_course = [&course](const data::CourseRun &run) { return run.course == course.id; };
        auto run = std::find_if(standing.runs.begin(), standing.runs.end(), of_course);
        ordered_json entry{
            {"id", course.id}, {"order", rally::order_name(course.order)}, {"mode", rally::mode_name(course.mode)}, {"needed", course.needed}};
        entry["run"] = nullptr;
        if (run != standing.runs.end()) {
            ordered_json stamps = ordered_json::array();
            for (const data::CourseRun::Stamp &stamp : run->stamps) {
                stamps.push_back({{"spot", stamp.spot}, {"stamped_at", format_rfc3339_jst(stamp.at_us)}});
            }
            entry["run"] = {{"id", run->id}, {"started_at", format_rfc3339_jst(run->started_at_us)}, {"stamps", std::move(stamps)}};
            entry["run"]["coverage"] = run->coverage ? ordered_json(*run->coverage) : ordered_json(nullptr);
            entry["run"]["finished_at"] = run->finished_at_us ? ordered_json(format_rfc3339_jst(*run->finished_at_us)) : ordered_json(nullptr);
        }
        const bool is_under_way = run != standing.runs.end() && !run->finished_at_us;
        entry["next"] = next_spots(rally, course, is_under_way ? &*run : nullptr, standing.stamps);
        list.push_back(std::move(entry));
    }
    return list;
}

/// The riddles that the member may see: of open spots without a stamp.
ordered_json riddles_json(const rally::Rally &rally, const Standing &standing, http::Language language) {
    std::set<std::string> stamped;
    for (const data::Stamp &stamp : standing.stamps) {
        stamped.insert(stamp.spot);
    }
    ordered_json list = ordered_json::array();
    for (const rally::Riddle &riddle : rally.riddles) {
        if (!stamped.contains(riddle.spot) && is_open_to(rally, riddle.spot, standing.stamps)) {
            list.push_back({{"spot", riddle.spot}, {"text", in(riddle.text, language)}});
        }
    }
    return list;
}

ordered_json completion_json(const rally::Rally &rally, const Standing &standing) {
    if (!rally.completion) {
        return nullptr;
    }
    std::set<std::string> spots;
    for (const data::Stamp &stamp : standing.stamps) {
        spots.insert(stamp.spot);
    }
    std::set<std::string> courses;
    for (const data::CourseRun &run : standing.runs) {
        if (run.finished_at_us) {
            courses.insert(run.course);
        }
    }
    const auto done = std::find_if(standing.finishes.begin(), standing.finishes.end(), [](const auto &finish) { return finish.what == "rally"; });
    ordered_json json{{"spots", spots.size()},
                      {"spots_needed", rally.completion->spots},
                      {"courses", courses.size()},
                      {"courses_needed", rally.completion->courses}};
    json["completed_at"] = done == standing.finishes.end() ? ordered_json(nullptr) : ordered_json(format_rfc3339_jst(done->finished_at_us));
    return json;
}

} // namespace

std::string progress_json(data::Store &store, const VersionedRally &versioned, std::string_view member, http::Language language) {
    const rally::Rally &rally = versioned.rally;
    const Standing standing = read_standing(store, rally, member);
    ordered_json json{{"rally", rally.id}, {"version", versioned.version}, {"member", member}, {"stamps", stamps_json(standing.stamps)}};
    json["waiting_for_review"] = standing.held;
    json["courses"] = courses_json(rally, standing);
    json["riddles"] = riddles_json(rally, standing, language);
    json["completion"] = completion_json(rally, standing);
    ordered_json tickets = ordered_json::array();
    for (const data::DrawTicket &ticket : standing.tickets) {
        tickets.push_back({{"ticket", ticket.ticket}, {"given_at", format_rfc3339_jst(ticket.given_at_us)}});
    }
    json["draw_tickets"] = std::move(tickets);
    ordered_json coupons = ordered_json::array();
    for (const data::CouponGrant &coupon : standing.coupons) {
        coupons.push_back(
            {{"code", coupon.code},
             {"shop", coupon.shop},
             {"title", coupon.title},
             {"valid_until", format_rfc3339_jst(coupon.valid_until_us)},
             {"redeemed_at", coupon.redeemed_at_us ? ordered_json(format_rfc3339_jst(*coupon.redeemed_at_us)) : ordered_json(nullptr)}});
    }
    json["coupons"] = std::move(coupons);
    return json.dump();
}

std::string question_json(data::Store &store, SpotSets &spots, const VersionedRally &versioned, std::string_view spot, std::string_view member,
                          http::Language language, std::int64_t now_us) {
    const rally::Rally &rally = versioned.rally;
    std::vector<data::Stamp> stamps = store.stamps_of(member);
    std::erase_if(stamps, [&rally](const data::Stamp &stamp) { return stamp.rally != rally.id; });
    if (!spots.find(versioned, spot) || !is_open_to(rally, spot, stamps)) {
        refuse_unknown_spot(rally, spot);
    }
    const std::string day = jst_day(now_us);
    data::EvidenceBook::WrongTries tries;
    store.read_books([&](data::Books &books) { tries = books.evidence.wrong_tries(member, rally.id, spot, day); });
    ordered_json json{{"rally", rally.id}, {"spot", spot}, {"quiz", nullptr}, {"riddle", nullptr}};
    if (rally.spots.needs_quiz) {
        if (const rally::Question *question = question_for(rally, spot, member, day, tries.tries)) {
            ordered_json choices = ordered_json::array();
            for (const rally::Choice &choice : question->choices) {
                choices.push_back({{"key", choice.key}, {"text", in(choice.text, language)}});
            }
            json["quiz"] = {{"id", question->id}, {"text", in(question->text, language)}, {"choices", std::move(choices)}};
        }
    }
    if (const rally::Riddle *riddle = rally.riddle_of(spot); riddle != nullptr && rally.spots.needs_riddle) {
        json["riddle"] = {{"text", in(riddle->text, language)}};
    }
    const std::int64_t wait_us = wait_until_us(rally, tries, rally::current_rules()) - now_us;
    json["wait_s"] = wait_us > 0 ? (wait_us + 999'999) / 1'000'000 : 0;
    return json.dump();
}

} // namespace keyaki::server
