#include "server/flows/fence_question.hpp"

#include "geo/fence_index.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace keyaki::server {

namespace {

/// Metres; what no receiver reaches, and above nothing, which would be no evidence.
constexpr double min_accuracy_m = 0.001;

double sigma_of(geo::Platform platform, double accuracy_m) {
    const geo::PresenceRules rules;
    return std::max(rules.smallest_sigma_m, geo::sigma_m(platform, accuracy_m, rules).value_or(0));
}

/// Reads a question without fault as it streams by: a third of the time that a document of objects takes, which batches would feel. Whatever is not
/// as it should be, or merely unusual, ends it; the strict reader below then reads the whole anew, and names what is wrong.
class PlainReader : public nlohmann::json_sax<nlohmann::json> {
  public:
    /// Nothing unless the text was a question without fault.
    [[nodiscard]] std::optional<FenceQuestion> finish() const {
        if (m_place != Place::ended || m_positions.empty()) {
            return std::nullopt;
        }
        FenceQuestion question;
        question.at_least = m_at_least;
        question.positions.reserve(m_positions.size());
        for (const auto &[lon_deg, lat_deg, accuracy_m] : m_positions) {
            question.positions.push_back({{lon_deg, lat_deg}, sigma_of(m_platform, accuracy_m)});
        }
        return question;
    }

    bool null() override { return false; }
    bool boolean(bool) override { return false; }
    bool binary(binary_t &) override { return false; }
    bool number_integer(number_integer_t value) override { return take(static_cast<double>(value)); }
    bool number_unsigned(number_unsigned_t value) override { return take(static_cast<double>(value)); }
    bool number_float(number_float_t value, const string_t &) override { return take(value); }
    bool string(string_t &value) override {
        const bool is_name = m_key == platform_key && (value == "android" || value == "ios" || value == "web" || value == "unknown");
        m_platform = is_name ? geo::platform_of(value) : m_platform;
        m_key = no_key;
        return is_name;
    }
    bool start_object(std::size_t) override {
        const bool is_due = m_place == Place::before || m_place == Place::list;
        m_place = m_place == Place::before ? Place::question : Place::position;
        if (m_place == Place::position) {
            m_positions.push_back({});
            m_fields_of_position = 0;
        }
        return is_due && m_positions.size() <= max_asked_positions;
    }
    bool key(string_t &name) override {
        if (m_place == Place::question) {
            m_key = name == "positions" ? positions_key : name == "platform" ? platform_key : name == "at_least" ? at_least_key : no_key;
            return begin_field(m_fields_of_question);
        }
        m_key = name == "lon" ? lon_key : name == "lat" ? lat_key : name == "accuracy_m" ? accuracy_key : no_key;
        return begin_field(m_fields_of_position);
    }
    bool end_object() override {
        const bool is_whole = m_place == Place::question || m_fields_of_position == (lon_key | lat_key | accuracy_key);
        m_place = m_place == Place::question ? Place::ended : Place::list;
        return is_whole;
    }
    bool start_array(std::size_t) override {
        const bool is_due = m_place == Place::question && m_key == positions_key;
        m_place = Place::list;
        return is_due;
    }
    bool end_array() override {
        m_place = Place::question;
        return true;
    }
    bool parse_error(std::size_t, const std::string &, const nlohmann::json::exception &) override { return false; }

  private:
    enum class Place { before, question, list, position, ended };
    // Bits of the fields that have been.
    static constexpr unsigned no_key = 0;
    static constexpr unsigned positions_key = 1;
    static constexpr unsigned platform_key = 2;
    static constexpr unsigned at_least_key = 4;
    static constexpr unsigned lon_key = 8;
    static constexpr unsigned lat_key = 16;
    static constexpr unsigned accuracy_key = 32;

    struct Raw {
        double lon_deg = 0;
        double lat_deg = 0;
        double accuracy_m = 0;
    };

    /// Known, and for the first time.
    bool begin_field(unsigned &fields) {
        const bool is_new = m_key != no_key && (fields & m_key) == 0;
        fields |= m_key;
        return is_new;
    }

    bool take(double value) {
        const unsigned key = std::exchange(m_key, no_key);
        const auto take_into = [value](double &field, double least, double most) {
            field = value;
            return value >= least && value <= most;
        };
        switch (key) {
        case at_least_key: return take_into(m_at_least, geo::FenceIndex::min_floor, 1);
        case lon_key: return take_into(m_positions.back().lon_deg, -180, 180);
        case lat_key: return take_into(m_positions.back().lat_deg, -90, 90);
        case accuracy_key: return take_into(m_positions.back().accuracy_m, min_accuracy_m, max_asked_accuracy_m);
        default: return false;
        }
    }

    Place m_place = Place::before;
    unsigned m_key = no_key;
    unsigned m_fields_of_question = 0;
    unsigned m_fields_of_position = 0;
    geo::Platform m_platform = geo::Platform::unknown;
    double m_at_least = geo::PresenceRules{}.ask_token_probability;
    std::vector<Raw> m_positions;
};

FenceQuestion::Asked read_position(const nlohmann::json &value, geo::Platform platform, std::size_t number, std::vector<FieldError> &errors) {
    ObjectReader reader(value, fmt::format("/positions/{}", number), errors);
    FenceQuestion::Asked asked;
    asked.position.lon_deg = reader.number("lon", -180, 180);
    asked.position.lat_deg = reader.number("lat", -90, 90);
    asked.sigma_m = sigma_of(platform, reader.number("accuracy_m", min_accuracy_m, max_asked_accuracy_m));
    reader.finish();
    return asked;
}

void read_positions(ObjectReader &reader, geo::Platform platform, FenceQuestion &question, std::vector<FieldError> &errors) {
    const nlohmann::json *list = reader.required("positions");
    if (list == nullptr) {
        return;
    }
    if (!list->is_array() || list->empty() || list->size() > max_asked_positions) {
        reader.refuse("positions", fmt::format("expected a list of 1 to {} positions, found {}", max_asked_positions,
                                               list->is_array() ? fmt::format("{}", list->size()) : std::string("no list")));
        return;
    }
    question.positions.reserve(list->size());
    for (std::size_t number = 0; number < list->size(); ++number) {
        question.positions.push_back(read_position((*list)[number], platform, number, errors));
    }
}

} // namespace

FenceQuestion parse_fence_question(std::string_view body) {
    PlainReader plain;
    if (nlohmann::json::sax_parse(body, &plain)) {
        if (auto question = plain.finish()) {
            return *std::move(question);
        }
    }
    return read_object(body, "the question", [&](ObjectReader &reader, std::vector<FieldError> &errors) {
        FenceQuestion question;
        const geo::Platform platform = geo::platform_of(reader.optional_one_of("platform", {"android", "ios", "web", "unknown"}).value_or("unknown"));
        question.at_least = reader.optional_number("at_least", geo::FenceIndex::min_floor, 1).value_or(geo::PresenceRules{}.ask_token_probability);
        read_positions(reader, platform, question, errors);
        return question;
    });
}

} // namespace keyaki::server
