//! Names and phone numbers of the simulated contacts: obviously invented, never a real person's.

use super::calendar::Country;
use super::rng::Draws;

/// What the contact directory of the demo workspace holds about one simulated contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedPerson {
    /// Invented name; the family name says that it is one.
    pub name: String,
    /// A number that no country can assign (its national part starts with zeros).
    pub phone: String,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// Main language (BCP 47).
    pub language: &'static str,
}

const GIVEN: [&str; 48] = [
    "Ada", "Amara", "Anton", "Bela", "Bruno", "Carla", "Chidi", "Clara", "Dara", "Dev", "Elif",
    "Elena", "Emil", "Farah", "Felix", "Gita", "Hana", "Hugo", "Ines", "Ivo", "Jamal", "Jana",
    "Joana", "Kai", "Lena", "Leo", "Lina", "Luca", "Maja", "Marta", "Milan", "Mira", "Nadia",
    "Nils", "Noor", "Olga", "Omar", "Paula", "Rafa", "Rosa", "Samir", "Sofia", "Tara", "Tiago",
    "Uma", "Vera", "Yusuf", "Zoe",
];

/// Words for "sample" in several languages.
const FAMILY: [&str; 12] = [
    "Example", "Muster", "Ejemplo", "Exemplo", "Contoh", "Namuna", "Mithal", "Sample", "Prueba",
    "Demo", "Simulata", "Fictiva",
];

/// Draws one.
pub(super) fn draw(draws: &mut Draws, country: &Country, index: u64) -> SimulatedPerson {
    let given = GIVEN[draws.below(GIVEN.len() as u32) as usize];
    let family = FAMILY[draws.below(FAMILY.len() as u32) as usize];
    SimulatedPerson {
        name: format!("{given} {family}"),
        phone: format!("+{}000{index:06}", country.calling_code),
        country: country.code,
        language: country.language,
    }
}
