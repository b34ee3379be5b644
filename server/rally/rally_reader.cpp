#include "server/rally/answer_key.hpp"
#include "server/rally/rally.hpp"

#include "data/layer.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "server/rally/limits.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

namespace keyaki::server::rally {

namespace {

using nlohmann::json;

constexpr std::size_t max_spot_bytes = 600;

/// Ids of rallies stand in URLs and account names: letters, digits, '.', '_' and '-', at most 64 of them.
bool is_rally_id(std::string_view id) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    };
    return !id.empty() && id.size() <= 64 && id.front() != '.' && std::all_of(id.begin(), id.end(), is_allowed);
}

template <typename Enum>
std::vector<std::string_view> names_of(std::string_view (*name)(Enum) noexcept, std::size_t count, std::size_t first = 0) {
    std::vector<std::string_view> names;
    for (std::size_t i = first; i < count; ++i) {
        names.push_back(name(static_cast<Enum>(i)));
    }
    return names;
}

template <typename Enum>
Enum value_of(std::string_view (*name)(Enum) noexcept, std::size_t count, std::string_view wanted, Enum otherwise) {
    for (std::size_t i = 0; i < count; ++i) {
        if (name(static_cast<Enum>(i)) == wanted) {
            return static_cast<Enum>(i);
        }
    }
    return otherwise;
}

std::string id_of(ObjectReader &reader, std::string_view name) {
    std::string id = reader.text(name, 64);
    if (!id.empty() && !is_rally_id(id)) {
        reader.refuse(name, fmt::format("expected letters, digits, '.', '_' and '-', found \"{}\"", id));
    }
    return id;
}

Words words_of(const json *value, const std::string &pointer, std::size_t max_bytes, std::vector<FieldError> &errors) {
    Words words;
    if (value != nullptr) {
        ObjectReader reader(*value, pointer, errors);
        words.ja = reader.text("ja", max_bytes);
        words.en = reader.optional_text("en", max_bytes).value_or(words.ja);
        reader.finish();
    }
    return words;
}

/// Calls `read` for each element of a list of `least` to `most`; a list that is not there is an empty one.
void each_of(ObjectReader &reader, std::string_view name, std::size_t least, std::size_t most,
             const std::function<void(const json &, const std::string &)> &read) {
    const json *list = least > 0 ? reader.required(name) : reader.optional(name);
    if (list == nullptr) {
        return;
    }
    if (!list->is_array() || list->size() < least || list->size() > most) {
        reader.refuse(name, fmt::format("expected a list of {} to {}, found {}", least, most,
                                        list->is_array() ? fmt::format("{}", list->size()) : std::string("no list")));
        return;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        read((*list)[i], fmt::format("{}/{}", reader.pointer_to(name), i));
    }
}

std::vector<std::string> texts_of(ObjectReader &reader, std::string_view name, std::size_t least, std::size_t most, std::size_t max_bytes,
                                  std::vector<FieldError> &errors) {
    std::vector<std::string> texts;
    each_of(reader, name, least, most, [&](const json &value, const std::string &pointer) {
        if (!value.is_string() || value.get_ref<const std::string &>().empty() || value.get_ref<const std::string &>().size() > max_bytes) {
            errors.push_back({pointer, fmt::format("expected 1 to {} bytes of text", max_bytes)});
        } else if (std::find(texts.begin(), texts.end(), value.get<std::string>()) != texts.end()) {
            errors.push_back({pointer, fmt::format("\"{}\" stands here twice", value.get<std::string>())});
        } else {
            texts.push_back(value.get<std::string>());
        }
    });
    return texts;
}

/// Answers that differ once folded; one that folds to nothing could be given by sending nothing.
std::vector<std::string> answers_of(ObjectReader &reader, std::vector<FieldError> &errors) {
    std::vector<std::string> answers = texts_of(reader, "answers", 1, max_answers, max_answer_bytes, errors);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (answer_key(answers[i]).empty()) {
            errors.push_back({fmt::format("{}/{}", reader.pointer_to("answers"), i), "holds no letter or digit that could be typed"});
        }
    }
    return answers;
}

std::optional<int> minute_of(std::string_view text) {
    int hour = 0;
    int minute = 0;
    const auto read = [&text](std::size_t at, int &value) {
        const auto result = std::from_chars(text.data() + at, text.data() + at + 2, value);
        return result.ec == std::errc() && result.ptr == text.data() + at + 2;
    };
    if (text.size() != 5 || text[2] != ':' || !read(0, hour) || !read(3, minute) || hour > 24 || minute > 59 || hour * 60 + minute > 24 * 60) {
        return std::nullopt;
    }
    return hour * 60 + minute;
}

Hours read_hours(const json &value, const std::string &pointer, std::vector<FieldError> &errors) {
    ObjectReader reader(value, pointer, errors);
    Hours hours;
    for (const auto &[name, minute] : {std::pair<const char *, int *>{"from", &hours.from_minute}, {"until", &hours.until_minute}}) {
        const std::string text = reader.text(name, 5);
        const auto read = minute_of(text);
        if (!text.empty() && !read) {
            reader.refuse(name, fmt::format("expected a time of the day such as 09:30, found \"{}\"", text));
        }
        *minute = read.value_or(0);
    }
    reader.finish();
    return hours;
}

void read_evidence(ObjectReader &reader, std::vector<FieldError> &errors, SpotRules &spots) {
    for (const std::string &needed : texts_of(reader, "evidence", 0, 8, 20, errors)) {
        const Token token = value_of(token_name, 5, needed, Token::none);
        if (needed == "quiz") {
            spots.needs_quiz = true;
        } else if (needed == "riddle") {
            spots.needs_riddle = true;
        } else if (token != Token::none) {
            spots.token = std::max(spots.token, token);
        } else if (needed != "position") {
            reader.refuse("evidence", fmt::format("expected some of position, quiz, riddle, qr, code, nfc and staff, found \"{}\"", needed));
        }
    }
}

SpotRules read_spots(const json &value, std::vector<FieldError> &errors) {
    ObjectReader reader(value, "/spots", errors);
    SpotRules spots;
    spots.layer = reader.text("layer", 48);
    if (!spots.layer.empty() && !data::is_layer_id(spots.layer)) {
        reader.refuse("layer", fmt::format("expected a layer's id (a-z, 0-9, _), found \"{}\"", spots.layer));
    }
    spots.radius_m = reader.optional_number("radius_m", min_radius_m, max_radius_m).value_or(spots.radius_m);
    spots.points = reader.optional_integer("points", 0, max_budget).value_or(0);
    // A monthly stamp would be an invitation to wait; monthly awards are of courses.
    spots.per = value_of(period_name, 4, reader.optional_one_of("per", names_of(period_name, 3)).value_or("once"), Period::once);
    spots.filter = reader.optional_text("filter", max_spot_filter_bytes).value_or("");
    spots.is_hidden = reader.optional_boolean("hidden").value_or(false);
    if (const json *hours = reader.optional("hours"); hours != nullptr) {
        spots.hours = read_hours(*hours, "/spots/hours", errors);
    }
    read_evidence(reader, errors, spots);
    if (spots.radius_m < 25 && spots.token < Token::code) {
        reader.refuse("radius_m", fmt::format("expected at least 25 m where no code, nfc or staff is needed, as no phone can tell less, found {} m",
                                              spots.radius_m));
    }
    reader.finish();
    return spots;
}

Limits read_limits(const json &value, std::vector<FieldError> &errors) {
    ObjectReader reader(value, "/limits", errors);
    Limits limits;
    limits.points_per_member_per_day = reader.optional_integer("points_per_member_per_day", 1, max_budget);
    limits.stamps_per_member_per_day = reader.optional_integer("stamps_per_member_per_day", 1, 10'000);
    limits.stamps_per_device_per_day = reader.optional_integer("stamps_per_device_per_day", 1, 10'000);
    limits.stamps_per_spot_per_day = reader.optional_integer("stamps_per_spot_per_day", 1, 10'000'000);
    reader.finish();
    return limits;
}

Question read_question(const json &value, const std::string &pointer, std::vector<FieldError> &errors) {
    ObjectReader reader(value, pointer, errors);
    Question question;
    question.id = id_of(reader, "id");
    question.text = words_of(reader.required("text"), pointer + "/text", max_question_bytes, errors);
    question.spot = reader.optional_text("spot", max_spot_bytes).value_or("");
    each_of(reader, "choices", 0, 10, [&](const json &choice, const std::string &at) {
        ObjectReader inner(choice, at, errors);
        question.choices.push_back({inner.text("key", 10), words_of(inner.required("text"), at + "/text", max_question_bytes, errors)});
        inner.finish();
    });
    question.answers = answers_of(reader, errors);
    for (std::size_t i = 0; i < question.answers.size() && !question.choices.empty(); ++i) {
        const bool is_choice = std::any_of(question.choices.begin(), question.choices.end(),
                                           [&](const Choice &choice) { return answer_key(choice.key) == answer_key(question.answers[i]); });
        if (!is_choice) {
            errors.push_back(
                {fmt::format("{}/answers/{}", pointer, i), fmt::format("expected the key of a choice, found \"{}\"", question.answers[i])});
        }
    }
    reader.finish();
    return question;
}

void read_quiz(const json &value, std::vector<FieldError> &errors, Rally &rally) {
    ObjectReader reader(value, "/quiz", errors);
    rally.wait_s = reader.optional_integer("wait_s", 1, 86'400).value_or(rally.wait_s);
    std::set<std::string> ids;
    each_of(reader, "questions", 1, max_questions, [&](const json &question, const std::string &pointer) {
        rally.questions.push_back(read_question(question, pointer, errors));
        if (!ids.insert(rally.questions.back().id).second) {
            errors.push_back({pointer + "/id", fmt::format("the question \"{}\" stands here twice", rally.questions.back().id)});
        }
    });
    reader.finish();
}

void read_riddles(ObjectReader &reader, std::vector<FieldError> &errors, Rally &rally) {
    each_of(reader, "riddles", 0, max_questions, [&](const json &value, const std::string &pointer) {
        ObjectReader inner(value, pointer, errors);
        Riddle riddle;
        riddle.spot = inner.text("spot", max_spot_bytes);
        riddle.text = words_of(inner.required("text"), pointer + "/text", max_question_bytes, errors);
        riddle.answers = answers_of(inner, errors);
        riddle.opens = texts_of(inner, "opens", 0, max_course_spots, max_spot_bytes, errors);
        if (rally.riddle_of(riddle.spot) != nullptr) {
            inner.refuse("spot", fmt::format("the spot \"{}\" has a riddle already", riddle.spot));
        }
        inner.finish();
        rally.riddles.push_back(std::move(riddle));
    });
}

Course read_course(const json &value, const std::string &pointer, std::vector<FieldError> &errors) {
    ObjectReader reader(value, pointer, errors);
    Course course;
    course.id = id_of(reader, "id");
    course.spots = texts_of(reader, "spots", 2, max_course_spots, max_spot_bytes, errors);
    course.order = value_of(order_name, 3, reader.optional_one_of("order", names_of(order_name, 3)).value_or("ordered"), CourseOrder::ordered);
    course.mode = value_of(mode_name, 2, reader.optional_one_of("mode", names_of(mode_name, 2)).value_or("spots"), CourseMode::spots);
    const bool needs_line = course.mode == CourseMode::track;
    course.line = needs_line ? reader.text("line", max_spot_bytes) : reader.optional_text("line", max_spot_bytes).value_or("");
    if (!course.line.empty() && course.line.find('/') == std::string::npos) {
        reader.refuse("line", fmt::format("expected the path's feature as layer/feature-id, found \"{}\"", course.line));
    }
    const std::string pace = reader.optional_one_of("pace", {"walk", "run", "bicycle"}).value_or("walk");
    course.pace = pace == "run" ? Pace::run : pace == "bicycle" ? Pace::bicycle : Pace::walk;
    course.points = reader.optional_integer("points", 0, max_budget).value_or(0);
    const std::string per = reader.optional_one_of("per", {"once", "monthly"}).value_or("once");
    course.per = per == "monthly" ? Period::monthly : Period::once;
    course.needed = course.spots.size();
    if (course.order == CourseOrder::k_of_n) {
        const auto most = static_cast<std::int64_t>(std::max<std::size_t>(course.spots.size(), 1));
        course.needed = static_cast<std::size_t>(reader.integer("k", 1, most));
    }
    reader.finish();
    return course;
}

std::optional<Completion> read_completion(const json *value, std::vector<FieldError> &errors) {
    if (value == nullptr) {
        return std::nullopt;
    }
    ObjectReader reader(*value, "/completion", errors);
    Completion completion;
    completion.spots = reader.optional_integer("spots", 1, 100'000).value_or(0);
    completion.courses = reader.optional_integer("courses", 1, 1'000).value_or(0);
    completion.points = reader.optional_integer("points", 0, max_budget).value_or(0);
    completion.draw_tickets = reader.optional_integer("draw_tickets", 0, 100).value_or(0);
    const std::optional<bool> unique_winners = reader.optional_boolean("unique_winners");
    completion.unique_winners = unique_winners.value_or(true);
    if (unique_winners && completion.draw_tickets == 0) {
        reader.refuse("unique_winners", "expected draw_tickets beside it: without any there is no draw");
    }
    if (completion.spots == 0 && completion.courses == 0) {
        reader.refuse("spots", "expected how many spots or courses complete the rally");
    }
    reader.finish();
    return completion;
}

std::optional<Coupon> read_coupon(const json *value, std::vector<FieldError> &errors) {
    if (value == nullptr) {
        return std::nullopt;
    }
    ObjectReader reader(*value, "/coupon", errors);
    Coupon coupon;
    coupon.title = words_of(reader.required("title"), "/coupon/title", 200, errors);
    coupon.shop = id_of(reader, "shop");
    coupon.dwell_s = reader.optional_integer("dwell_s", 0, 6 * 3600).value_or(0);
    coupon.valid_days = reader.optional_integer("valid_days", 1, 3660).value_or(coupon.valid_days);
    reader.finish();
    return coupon;
}

std::optional<Steps> read_steps(const json *value, std::vector<FieldError> &errors) {
    if (value == nullptr) {
        return std::nullopt;
    }
    ObjectReader reader(*value, "/steps", errors);
    Steps steps;
    steps.points_per_1000 = reader.integer("points_per_1000", 1, 1'000);
    steps.most_paid = reader.optional_integer("most_paid", 1'000, 10'000).value_or(steps.most_paid);
    reader.finish();
    return steps;
}

/// ISO 8601 years, months, weeks and days: P1Y, P6M, P30D, P1Y6M.
std::optional<CalendarSpan> calendar_span(std::string_view text) {
    if (text.size() < 3 || text.front() != 'P') {
        return std::nullopt;
    }
    text.remove_prefix(1);
    CalendarSpan span;
    std::string_view units_left = "YMWD";
    while (!text.empty()) {
        int number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        const auto digits = static_cast<std::size_t>(read.ptr - text.data());
        const std::size_t unit = digits < text.size() ? units_left.find(text[digits]) : std::string_view::npos;
        if (read.ec != std::errc() || number < 0 || number > 10'000 || unit == std::string_view::npos) {
            return std::nullopt;
        }
        const char letter = units_left[unit];
        (letter == 'Y' || letter == 'M' ? span.months : span.days) += number * (letter == 'Y' ? 12 : letter == 'W' ? 7 : 1);
        units_left.remove_prefix(unit + 1);
        text.remove_prefix(digits + 1);
    }
    const bool is_usable = span.months + span.days > 0 && span.months <= 1'200 && span.days <= 36'600;
    return is_usable ? std::optional(span) : std::nullopt;
}

void read_expiry(ObjectReader &reader, Rally &rally) {
    if (const auto text = reader.optional_text("points_expire", 30)) {
        rally.points_expire = calendar_span(*text);
        if (!rally.points_expire) {
            reader.refuse("points_expire", fmt::format("expected a span of up to a hundred years such as P1Y, P6M or P30D, found \"{}\"", *text));
        }
    }
}

void read_courses(ObjectReader &reader, std::vector<FieldError> &errors, Rally &rally) {
    each_of(reader, "courses", 0, max_courses, [&](const json &value, const std::string &pointer) {
        Course course = read_course(value, pointer, errors);
        if (rally.find_course(course.id) != nullptr) {
            errors.push_back({pointer + "/id", fmt::format("the course \"{}\" stands here twice", course.id)});
        }
        rally.courses.push_back(std::move(course));
    });
}

void require_spot(const Rally &rally, const std::string &spot, const std::string &pointer, std::vector<FieldError> &errors) {
    const std::string prefix = rally.spots.layer + "/";
    if (!spot.empty() && (spot.rfind(prefix, 0) != 0 || spot.size() == prefix.size())) {
        errors.push_back({pointer, fmt::format("expected a spot of layer {} (\"{}…\"), found \"{}\"", rally.spots.layer, prefix, spot)});
    }
}

/// Whether what the parts say of each other holds.
void check_spots(const Rally &rally, std::vector<FieldError> &errors) {
    for (std::size_t i = 0; i < rally.questions.size(); ++i) {
        require_spot(rally, rally.questions[i].spot, fmt::format("/quiz/questions/{}/spot", i), errors);
    }
    for (std::size_t i = 0; i < rally.riddles.size(); ++i) {
        require_spot(rally, rally.riddles[i].spot, fmt::format("/riddles/{}/spot", i), errors);
        for (std::size_t j = 0; j < rally.riddles[i].opens.size(); ++j) {
            require_spot(rally, rally.riddles[i].opens[j], fmt::format("/riddles/{}/opens/{}", i, j), errors);
        }
    }
    for (std::size_t i = 0; i < rally.courses.size(); ++i) {
        for (std::size_t j = 0; j < rally.courses[i].spots.size(); ++j) {
            require_spot(rally, rally.courses[i].spots[j], fmt::format("/courses/{}/spots/{}", i, j), errors);
        }
    }
}

void check_parts(ObjectReader &reader, const Rally &rally, std::vector<FieldError> &errors) {
    if (rally.spots.needs_quiz && rally.questions.empty()) {
        reader.refuse("quiz", "is required where the evidence is a quiz, and is missing");
    } else if (!rally.spots.needs_quiz && !rally.questions.empty()) {
        reader.refuse("quiz", "nobody would be asked: /spots/evidence does not name quiz");
    }
    if (rally.spots.needs_riddle && rally.riddles.empty()) {
        reader.refuse("riddles", "is required where the evidence is a riddle, and is missing");
    } else if (!rally.spots.needs_riddle && !rally.riddles.empty()) {
        reader.refuse("riddles", "nobody would be asked: /spots/evidence does not name riddle");
    }
    if (rally.coupon.has_value() != (rally.kind == Kind::event)) {
        reader.refuse("coupon", rally.coupon ? fmt::format("belongs to a rally of kind event, and this one is of kind {}", kind_name(rally.kind))
                                             : "is required for a rally of kind event, and is missing");
    }
    if (rally.steps.has_value() && rally.kind != Kind::steps) {
        reader.refuse("steps", fmt::format("belongs to a rally of kind steps, and this one is of kind {}", kind_name(rally.kind)));
    } else if (!rally.steps && rally.kind == Kind::steps) {
        reader.refuse("steps", "is required for a rally of kind steps, and is missing");
    }
    if (rally.kind == Kind::eco && rally.spots.token == Token::none && !rally.spots.needs_quiz) {
        errors.push_back({"/spots/evidence", "expected more than a position for a rally of kind eco: being there is no action"});
    }
    if (rally.completion && rally.completion->courses > static_cast<std::int64_t>(rally.courses.size())) {
        errors.push_back({"/completion/courses",
                          fmt::format("expected at most the {} courses of the rally, found {}", rally.courses.size(), rally.completion->courses)});
    }
    check_spots(rally, errors);
}

void read_window(ObjectReader &reader, const std::vector<FieldError> &errors, Rally &rally) {
    rally.starts_us = reader.timestamp_us("starts");
    rally.ends_us = reader.timestamp_us("ends");
    if (errors.empty() && rally.ends_us <= rally.starts_us) {
        reader.refuse("ends", fmt::format("expected a time after starts ({}), found {}", format_rfc3339_jst(rally.starts_us),
                                          format_rfc3339_jst(rally.ends_us)));
    }
}

} // namespace

Rally parse_rally(std::string_view text) {
    if (text.size() > max_rally_bytes) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("the rally takes {} bytes; at most {} are read", text.size(), max_rally_bytes));
    }
    return read_object(text, "the rally", [&](ObjectReader &reader, std::vector<FieldError> &errors) {
        Rally rally;
        rally.id = id_of(reader, "id");
        rally.kind = value_of(kind_name, 7, reader.one_of("kind", names_of(kind_name, 7)), Kind::walking);
        const Words title = words_of(reader.required("title"), "/title", 200, errors);
        rally.title_ja = title.ja;
        rally.title_en = title.en;
        read_window(reader, errors, rally);
        rally.budget = reader.integer("budget", 0, max_budget);
        if (const json *spots = reader.required("spots"); spots != nullptr) {
            rally.spots = read_spots(*spots, errors);
        }
        if (const json *limits = reader.optional("limits"); limits != nullptr) {
            rally.limits = read_limits(*limits, errors);
        }
        if (const json *quiz = reader.optional("quiz"); quiz != nullptr) {
            read_quiz(*quiz, errors, rally);
        }
        read_riddles(reader, errors, rally);
        read_courses(reader, errors, rally);
        rally.completion = read_completion(reader.optional("completion"), errors);
        rally.coupon = read_coupon(reader.optional("coupon"), errors);
        rally.steps = read_steps(reader.optional("steps"), errors);
        read_expiry(reader, rally);
        if (errors.empty()) {
            check_parts(reader, rally, errors);
        }
        return rally;
    });
}

std::string canonical_rally_json(std::string_view text) { return parse_json(text, "the rally").dump(); } // objects of nlohmann::json are sorted

} // namespace keyaki::server::rally
