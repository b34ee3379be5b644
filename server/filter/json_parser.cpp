#include "server/filter/json_parser.hpp"

#include "geo/error.hpp"
#include "server/filter/json_place.hpp"
#include "server/filter/limits.hpp"
#include "server/json_reader.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>

namespace keyaki::server::filter {

using nlohmann::json;

namespace {

/// Walks the document, which is at most max_filter_json_depth deep, so that recursion is too.
class JsonFilterReader {
  public:
    Expression read(const json &value, const JsonPlace &place) {
        switch (value.type()) {
        case json::value_t::boolean: return m_builder.literal(value.get<bool>(), place.pointer());
        case json::value_t::string: return m_builder.literal(value.get<std::string>(), place.pointer());
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
        case json::value_t::number_float: return m_builder.literal(number(value), place.pointer());
        case json::value_t::object: return read_object(value, place);
        default: refuse_json(place, "an operation, a property or a literal", value);
        }
    }

  private:
    static Literal number(const json &value) {
        const bool is_whole = value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX);
        return is_whole ? Literal(value.get<std::int64_t>()) : Literal(value.get<double>());
    }

    static std::string text_of(const json &value, const JsonPlace &place, std::string_view expected) {
        if (!value.is_string()) {
            refuse_json(place, expected, value);
        }
        return value.get<std::string>();
    }

    /// Throws for members that nobody would look at.
    static void require_only(const json &object, std::string_view member, const JsonPlace &place) {
        if (object.size() != 1) {
            refuse_json(place, fmt::format("an object with \"{}\" alone", member), object);
        }
    }

    Expression read_object(const json &value, const JsonPlace &place) {
        if (value.contains("op")) {
            return read_operation(value, place);
        }
        if (const auto name = value.find("property"); name != value.end()) {
            require_only(value, "property", place);
            const JsonPlace there(place, "property");
            std::string text = text_of(*name, there, "a property's name");
            if (text.empty()) {
                refuse_json(there, "a property's name", *name);
            }
            return m_builder.property(std::move(text), place.pointer());
        }
        if (value.contains("type") || value.contains("bbox")) {
            return m_builder.literal(std::make_shared<const SpatialLiteral>(read_spatial_literal(value, place)), place.pointer());
        }
        if (value.contains("interval")) {
            require_only(value, "interval", place);
            return read_interval(value.at("interval"), JsonPlace(place, "interval"), place);
        }
        return read_instant(value, place);
    }

    Expression read_instant(const json &value, const JsonPlace &place) {
        const bool is_date = value.contains("date");
        const std::string_view member = is_date ? "date" : "timestamp";
        const auto found = value.find(member);
        if (found == value.end()) {
            refuse_json(place, "\"op\", \"property\", \"date\", \"timestamp\", \"interval\", \"bbox\" or a geometry's \"type\"", value);
        }
        require_only(value, member, place);
        const JsonPlace there(place, member);
        const std::string_view expected = is_date ? "a date such as \"2026-04-01\"" : "a timestamp such as \"2026-04-01T00:00:00Z\"";
        const std::string text = text_of(*found, there, expected);
        const auto instant = is_date ? parse_date(text) : parse_timestamp(text);
        if (!instant) {
            refuse_json(there, expected, *found);
        }
        return m_builder.literal(*instant, place.pointer());
    }

    Expression read_interval(const json &ends, const JsonPlace &there, const JsonPlace &place) {
        if (!ends.is_array() || ends.size() != 2) {
            refuse_json(there, "an array of begin and end", ends);
        }
        std::vector<Expression> operands;
        for (std::size_t index = 0; index < 2; ++index) {
            operands.push_back(read_interval_end(ends[index], JsonPlace(there, index)));
        }
        return m_builder.operation(Operator::interval, std::move(operands), place.pointer());
    }

    Expression read_interval_end(const json &value, const JsonPlace &place) {
        if (!value.is_string()) {
            if (!value.is_object() || value.contains("interval")) {
                refuse_json(place, "an instant, \"..\" or a property", value);
            }
            return read(value, place);
        }
        const auto text = value.get<std::string>();
        if (text == "..") {
            return m_builder.literal(OpenEnd{}, place.pointer());
        }
        const auto instant = parse_instant(text);
        if (!instant) {
            refuse_json(place, "a date, a timestamp or \"..\"", value);
        }
        return m_builder.literal(*instant, place.pointer());
    }

    Expression read_operation(const json &value, const JsonPlace &place) {
        const auto arguments = value.find("args");
        if (value.size() != 2 || arguments == value.end() || !arguments->is_array()) {
            refuse_json(place, "an object with \"op\" and an array \"args\"", value);
        }
        const JsonPlace op_place(place, "op");
        const std::string name = text_of(value.at("op"), op_place, "an operator's name");
        const JsonPlace there(place, "args");
        const auto op = find_operator(name);
        if (!op) {
            refuse_array_function(name, op_place.pointer());
            return m_builder.function(name, read_all(*arguments, there), place.pointer());
        }
        if (*op == Operator::in) {
            return read_list_of(*arguments, there, place);
        }
        const OperandCount count = operand_count(*op);
        if (arguments->size() < count.least || arguments->size() > count.most) {
            refuse_json(there, fmt::format("{} {} for \"{}\"", count.most == SIZE_MAX ? "at least" : "exactly", count.least, name), *arguments);
        }
        return m_builder.operation(*op, read_all(*arguments, there), place.pointer());
    }

    std::vector<Expression> read_all(const json &values, const JsonPlace &place) {
        std::vector<Expression> read_values;
        for (std::size_t index = 0; index < values.size(); ++index) {
            read_values.push_back(read(values[index], JsonPlace(place, index)));
        }
        return read_values;
    }

    Expression read_list_of(const json &arguments, const JsonPlace &there, const JsonPlace &place) {
        if (arguments.size() != 2 || !arguments[1].is_array() || arguments[1].empty()) {
            refuse_json(there, "a value and an array of at least one", arguments);
        }
        std::vector<Expression> operands;
        operands.push_back(read(arguments[0], JsonPlace(there, std::size_t{0})));
        const JsonPlace list(there, std::size_t{1});
        for (std::size_t index = 0; index < arguments[1].size(); ++index) {
            operands.push_back(read(arguments[1][index], JsonPlace(list, index)));
        }
        return m_builder.operation(Operator::in, std::move(operands), place.pointer());
    }

    ExpressionBuilder m_builder;
};

} // namespace

Expression parse_json_filter(std::string_view text) {
    if (text.size() > max_filter_bytes) {
        refuse_at("/", fmt::format("expected at most {} bytes, found {}", max_filter_bytes, text.size()));
    }
    return JsonFilterReader().read(parse_json(text, "filter", max_filter_json_depth), JsonPlace());
}

} // namespace keyaki::server::filter
