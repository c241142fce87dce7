//! Country of a contact, from the phone number's calling code (ITU-T E.164) or the prefix of a
//! WhatsApp user id, and the time zone of countries that have one only.

use core::fmt;

/// An ISO 3166-1 alpha-2 code, two ASCII capitals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads a code; lower case is accepted. `None` when it is not two ASCII letters.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        match code.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => None,
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("")
    }

    /// The country of a phone number, given as its digits with the calling code first. `None` for
    /// codes that several countries share without a further mark (`+1` of the United States and
    /// Canada) and for unknown ones.
    #[must_use]
    pub fn of_phone(digits: &str) -> Option<Self> {
        (1..=4)
            .rev()
            .filter_map(|length| digits.get(..length))
            .find_map(|prefix| {
                let at = CODES.binary_search_by(|row| row.0.cmp(prefix)).ok()?;
                CODES.get(at).map(|row| row.1)
            })
            .and_then(Self::new)
    }

    /// The country of a WhatsApp user id such as `US.13491208655302741918`.
    #[must_use]
    pub fn of_user_id(id: &str) -> Option<Self> {
        id.split_once('.').and_then(|(prefix, _)| Self::new(prefix))
    }

    /// IANA name of the country's time zone, where it has had one only for as long as WhatsApp has
    /// existed.
    #[must_use]
    pub fn single_zone(self) -> Option<&'static str> {
        CODES.iter().find(|row| row.1 == self.as_str() && !row.2.is_empty()).map(|row| row.2)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// (calling code, country, time zone or ""), by calling code as text.
static CODES: &[(&str, &str, &str)] = &[
    ("1242", "BS", "America/Nassau"),
    ("1246", "BB", "America/Barbados"),
    ("1264", "AI", "America/Anguilla"),
    ("1268", "AG", "America/Antigua"),
    ("1284", "VG", "America/Tortola"),
    ("1340", "VI", "America/St_Thomas"),
    ("1345", "KY", "America/Cayman"),
    ("1441", "BM", "Atlantic/Bermuda"),
    ("1473", "GD", "America/Grenada"),
    ("1649", "TC", "America/Grand_Turk"),
    ("1658", "JM", "America/Jamaica"),
    ("1664", "MS", "America/Montserrat"),
    ("1670", "MP", "Pacific/Saipan"),
    ("1671", "GU", "Pacific/Guam"),
    ("1684", "AS", "Pacific/Pago_Pago"),
    ("1721", "SX", "America/Lower_Princes"),
    ("1758", "LC", "America/St_Lucia"),
    ("1767", "DM", "America/Dominica"),
    ("1784", "VC", "America/St_Vincent"),
    ("1787", "PR", "America/Puerto_Rico"),
    ("1809", "DO", "America/Santo_Domingo"),
    ("1829", "DO", "America/Santo_Domingo"),
    ("1849", "DO", "America/Santo_Domingo"),
    ("1868", "TT", "America/Port_of_Spain"),
    ("1869", "KN", "America/St_Kitts"),
    ("1876", "JM", "America/Jamaica"),
    ("1939", "PR", "America/Puerto_Rico"),
    ("20", "EG", "Africa/Cairo"),
    ("211", "SS", "Africa/Juba"),
    ("212", "MA", "Africa/Casablanca"),
    ("213", "DZ", "Africa/Algiers"),
    ("216", "TN", "Africa/Tunis"),
    ("218", "LY", "Africa/Tripoli"),
    ("220", "GM", "Africa/Banjul"),
    ("221", "SN", "Africa/Dakar"),
    ("222", "MR", "Africa/Nouakchott"),
    ("223", "ML", "Africa/Bamako"),
    ("224", "GN", "Africa/Conakry"),
    ("225", "CI", "Africa/Abidjan"),
    ("226", "BF", "Africa/Ouagadougou"),
    ("227", "NE", "Africa/Niamey"),
    ("228", "TG", "Africa/Lome"),
    ("229", "BJ", "Africa/Porto-Novo"),
    ("230", "MU", "Indian/Mauritius"),
    ("231", "LR", "Africa/Monrovia"),
    ("232", "SL", "Africa/Freetown"),
    ("233", "GH", "Africa/Accra"),
    ("234", "NG", "Africa/Lagos"),
    ("235", "TD", "Africa/Ndjamena"),
    ("236", "CF", "Africa/Bangui"),
    ("237", "CM", "Africa/Douala"),
    ("238", "CV", "Atlantic/Cape_Verde"),
    ("239", "ST", "Africa/Sao_Tome"),
    ("240", "GQ", "Africa/Malabo"),
    ("241", "GA", "Africa/Libreville"),
    ("242", "CG", "Africa/Brazzaville"),
    ("243", "CD", ""),
    ("244", "AO", "Africa/Luanda"),
    ("245", "GW", "Africa/Bissau"),
    ("248", "SC", "Indian/Mahe"),
    ("249", "SD", "Africa/Khartoum"),
    ("250", "RW", "Africa/Kigali"),
    ("251", "ET", "Africa/Addis_Ababa"),
    ("252", "SO", "Africa/Mogadishu"),
    ("253", "DJ", "Africa/Djibouti"),
    ("254", "KE", "Africa/Nairobi"),
    ("255", "TZ", "Africa/Dar_es_Salaam"),
    ("256", "UG", "Africa/Kampala"),
    ("257", "BI", "Africa/Bujumbura"),
    ("258", "MZ", "Africa/Maputo"),
    ("260", "ZM", "Africa/Lusaka"),
    ("261", "MG", "Indian/Antananarivo"),
    ("262", "RE", "Indian/Reunion"),
    ("263", "ZW", "Africa/Harare"),
    ("264", "NA", "Africa/Windhoek"),
    ("265", "MW", "Africa/Blantyre"),
    ("266", "LS", "Africa/Maseru"),
    ("267", "BW", "Africa/Gaborone"),
    ("268", "SZ", "Africa/Mbabane"),
    ("269", "KM", "Indian/Comoro"),
    ("27", "ZA", "Africa/Johannesburg"),
    ("291", "ER", "Africa/Asmara"),
    ("297", "AW", "America/Aruba"),
    ("298", "FO", "Atlantic/Faroe"),
    ("299", "GL", ""),
    ("30", "GR", "Europe/Athens"),
    ("31", "NL", "Europe/Amsterdam"),
    ("32", "BE", "Europe/Brussels"),
    ("33", "FR", "Europe/Paris"),
    ("34", "ES", ""),
    ("350", "GI", "Europe/Gibraltar"),
    ("351", "PT", ""),
    ("352", "LU", "Europe/Luxembourg"),
    ("353", "IE", "Europe/Dublin"),
    ("354", "IS", "Atlantic/Reykjavik"),
    ("355", "AL", "Europe/Tirane"),
    ("356", "MT", "Europe/Malta"),
    ("357", "CY", "Asia/Nicosia"),
    ("358", "FI", "Europe/Helsinki"),
    ("359", "BG", "Europe/Sofia"),
    ("36", "HU", "Europe/Budapest"),
    ("370", "LT", "Europe/Vilnius"),
    ("371", "LV", "Europe/Riga"),
    ("372", "EE", "Europe/Tallinn"),
    ("373", "MD", "Europe/Chisinau"),
    ("374", "AM", "Asia/Yerevan"),
    ("375", "BY", "Europe/Minsk"),
    ("376", "AD", "Europe/Andorra"),
    ("377", "MC", "Europe/Monaco"),
    ("378", "SM", "Europe/San_Marino"),
    ("380", "UA", ""),
    ("381", "RS", "Europe/Belgrade"),
    ("382", "ME", "Europe/Podgorica"),
    ("383", "XK", "Europe/Belgrade"),
    ("385", "HR", "Europe/Zagreb"),
    ("386", "SI", "Europe/Ljubljana"),
    ("387", "BA", "Europe/Sarajevo"),
    ("389", "MK", "Europe/Skopje"),
    ("39", "IT", "Europe/Rome"),
    ("40", "RO", "Europe/Bucharest"),
    ("41", "CH", "Europe/Zurich"),
    ("420", "CZ", "Europe/Prague"),
    ("421", "SK", "Europe/Bratislava"),
    ("423", "LI", "Europe/Vaduz"),
    ("43", "AT", "Europe/Vienna"),
    ("44", "GB", "Europe/London"),
    ("45", "DK", "Europe/Copenhagen"),
    ("46", "SE", "Europe/Stockholm"),
    ("47", "NO", "Europe/Oslo"),
    ("48", "PL", "Europe/Warsaw"),
    ("49", "DE", "Europe/Berlin"),
    ("500", "FK", "Atlantic/Stanley"),
    ("501", "BZ", "America/Belize"),
    ("502", "GT", "America/Guatemala"),
    ("503", "SV", "America/El_Salvador"),
    ("504", "HN", "America/Tegucigalpa"),
    ("505", "NI", "America/Managua"),
    ("506", "CR", "America/Costa_Rica"),
    ("507", "PA", "America/Panama"),
    ("509", "HT", "America/Port-au-Prince"),
    ("51", "PE", "America/Lima"),
    ("52", "MX", ""),
    ("53", "CU", "America/Havana"),
    ("54", "AR", "America/Argentina/Buenos_Aires"),
    ("55", "BR", ""),
    ("56", "CL", ""),
    ("57", "CO", "America/Bogota"),
    ("58", "VE", "America/Caracas"),
    ("590", "GP", "America/Guadeloupe"),
    ("591", "BO", "America/La_Paz"),
    ("592", "GY", "America/Guyana"),
    ("593", "EC", ""),
    ("594", "GF", "America/Cayenne"),
    ("595", "PY", "America/Asuncion"),
    ("596", "MQ", "America/Martinique"),
    ("597", "SR", "America/Paramaribo"),
    ("598", "UY", "America/Montevideo"),
    ("599", "CW", "America/Curacao"),
    ("60", "MY", "Asia/Kuala_Lumpur"),
    ("61", "AU", ""),
    ("62", "ID", ""),
    ("63", "PH", "Asia/Manila"),
    ("64", "NZ", ""),
    ("65", "SG", "Asia/Singapore"),
    ("66", "TH", "Asia/Bangkok"),
    ("670", "TL", "Asia/Dili"),
    ("673", "BN", "Asia/Brunei"),
    ("675", "PG", ""),
    ("676", "TO", "Pacific/Tongatapu"),
    ("677", "SB", "Pacific/Guadalcanal"),
    ("678", "VU", "Pacific/Efate"),
    ("679", "FJ", "Pacific/Fiji"),
    ("680", "PW", "Pacific/Palau"),
    ("685", "WS", "Pacific/Apia"),
    ("687", "NC", "Pacific/Noumea"),
    ("689", "PF", ""),
    ("7", "RU", ""),
    ("76", "KZ", ""),
    ("77", "KZ", ""),
    ("81", "JP", "Asia/Tokyo"),
    ("82", "KR", "Asia/Seoul"),
    ("84", "VN", "Asia/Ho_Chi_Minh"),
    ("852", "HK", "Asia/Hong_Kong"),
    ("853", "MO", "Asia/Macau"),
    ("855", "KH", "Asia/Phnom_Penh"),
    ("856", "LA", "Asia/Vientiane"),
    ("86", "CN", "Asia/Shanghai"),
    ("880", "BD", "Asia/Dhaka"),
    ("886", "TW", "Asia/Taipei"),
    ("90", "TR", "Europe/Istanbul"),
    ("91", "IN", "Asia/Kolkata"),
    ("92", "PK", "Asia/Karachi"),
    ("93", "AF", "Asia/Kabul"),
    ("94", "LK", "Asia/Colombo"),
    ("95", "MM", "Asia/Yangon"),
    ("960", "MV", "Indian/Maldives"),
    ("961", "LB", "Asia/Beirut"),
    ("962", "JO", "Asia/Amman"),
    ("963", "SY", "Asia/Damascus"),
    ("964", "IQ", "Asia/Baghdad"),
    ("965", "KW", "Asia/Kuwait"),
    ("966", "SA", "Asia/Riyadh"),
    ("967", "YE", "Asia/Aden"),
    ("968", "OM", "Asia/Muscat"),
    ("970", "PS", ""),
    ("971", "AE", "Asia/Dubai"),
    ("972", "IL", "Asia/Jerusalem"),
    ("973", "BH", "Asia/Bahrain"),
    ("974", "QA", "Asia/Qatar"),
    ("975", "BT", "Asia/Thimphu"),
    ("976", "MN", ""),
    ("977", "NP", "Asia/Kathmandu"),
    ("98", "IR", "Asia/Tehran"),
    ("992", "TJ", "Asia/Dushanbe"),
    ("993", "TM", "Asia/Ashgabat"),
    ("994", "AZ", "Asia/Baku"),
    ("995", "GE", "Asia/Tbilisi"),
    ("996", "KG", "Asia/Bishkek"),
    ("998", "UZ", "Asia/Tashkent"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_well_formed() {
        assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(CODES.iter().all(|row| Country::new(row.1).is_some()));
    }

    #[test]
    fn the_longest_code_wins() {
        let of = |digits| Country::of_phone(digits).map(|c| std::format!("{c}"));
        assert_eq!(of("972987654321").as_deref(), Some("IL"));
        assert_eq!(of("77011234567").as_deref(), Some("KZ"));
        assert_eq!(of("79161234567").as_deref(), Some("RU"));
        assert_eq!(of("18095551234").as_deref(), Some("DO"));
        assert_eq!(of("12125551234"), None);
        assert_eq!(of(""), None);
        assert_eq!(of("९९"), None);
    }

    #[test]
    fn zones_only_where_there_is_one() {
        let zone = |code| Country::new(code).and_then(Country::single_zone);
        assert_eq!(zone("de"), Some("Europe/Berlin"));
        assert_eq!(zone("BR"), None);
        assert_eq!(zone("US"), None);
        assert_eq!(Country::of_user_id("US.1349"), Country::new("us"));
        assert_eq!(Country::of_user_id("x"), None);
    }
}
