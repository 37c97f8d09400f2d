// The words by which a news text without a score is scored: financial English, put together for this engine. One form
// of each word is enough (story.ts cuts endings off). Words that only name a subject (risk, debt, rate, tax, cost,
// inflation) are in neither list, because they say nothing about which way it goes; nor are words that go either way
// with their subject (rise, fall, increase, lower).

export const POSITIVE = `
  abundant accelerate accommodative accomplish accretive achieve acclaim adept advance advantage affluent afloat
  agile ahead amicable ample applaud appreciate approval approve assure attain attractive award balanced beat
  beneficial benefit best better bolster bonanza boom boost bounce breakthrough brighten brilliant brisk bullish
  buoyant buoy buyback calm celebrate champion cheer clarity climb collaborate commend compelling competitive
  confident confidence conquer constructive cooperate creative credible cushion dazzle deliver delight dependable
  desirable diversify dominant dominate durable dynamic eager ease efficient effective efficiency elevate enable
  encourage endorse energize enhance enjoy enlarge enrich enthusiasm enthusiastic esteem excel excellent
  exceed exceptional excite expand expansion exuberant fair favorable favourable favorite feasible flourish foothold
  fortify fortune freedom fruitful gain generous gifted good grant great grow growth guarantee happy harmony
  headway healthy heal helpful highlight honor hope ideal impetus impress impressive improve improvement incentive
  ingenious innovate innovative innovation insight inspire integrity invincible jubilant jump landmark lead leader
  leadership lucrative loyal loyalty master maturity merit milestone momentum nimble notable optimal optimism
  optimistic opportunity outpace outperform outshine outstanding outstrip overcome partnership patent peak perfect
  pioneer please pleasant plentiful popular positive potent premier premium preserve prestige prevail proactive
  productive productivity proficient profit profitable profitability progress prominent promise promising promote
  propel prosper prosperity prosperous proven prudent rally reassure rebound recognize recommend record recover
  recovery regain rejoice relief reliable remarkable repay resilient resilience resolve respect restore
  resume revitalize revive reward rewarding richer robust rocket safe safer safety satisfy satisfaction savvy secure
  sharpen shine skyrocket smart smooth soar solid solidify solution solve sound splendid spur stabilize
  stable stability stellar stimulate stimulus streamline strength strengthen strong stronger strongest succeed success
  successful superb superior support supportive surge surmount surpass sustain sustainable swift synergy thrive
  timely top touted traction tranquil transform transparent treasure triumph trust unlock unmatched unparalleled
  upbeat upgrade uphold upside uptick upturn usable valuable versatile viable vibrant victory vigor vigorous
  vindicate vital warranted wealth welcome win windfall winner wise worthwhile
`;

export const NEGATIVE = `
  abandon abate aberration abolish abrupt absence abuse accident accuse adverse adversity aggravate ail alarm allege
  allegation anemic anguish anxiety anxious apathy apologize arrears arrest artificial ashamed attack attrition
  austerity avert backlash backlog bad badly bail bailout bankrupt bankruptcy barrier bearish belated
  beleaguered betray bleak blockade bloodbath blow blunder bogus bottleneck boycott breach break breakdown
  bribe bribery brutal bubble burden burdensome bureaucratic burnout bust calamity cancel cancellation careless
  casualty catastrophe catastrophic caution caveat cease challenge chaos chaotic cheat chill choke clash clawback
  closure cloud coerce collapse collision collude collusion complain complaint complicate concede concern condemn
  conflict confront confuse confusion constrain constraint contaminate contagion contentious contract contraction
  controversy convict corrode corrupt corruption costly counterfeit crash crime criminal cripple crisis critical
  criticism criticize crumble curb curtail cutback cyberattack damage danger dangerous dampen deadlock death
  decay deceive deceptive decimate decline default defect defective defend defer deficiency deficit deflation defraud
  degrade delay delinquent delinquency delist demise denial deny depart deplete depress depression deprive derail
  destabilize destroy destruction deteriorate deterioration detriment detrimental devalue devastate devastation
  difficult difficulty dilute dilution diminish dire disadvantage disagree disappoint disappointment disapprove
  disaster disastrous discontinue discourage discredit dismal dismiss disorder dispute disqualify disrupt
  disruption disruptive dissatisfaction dissent dissolve distort distract distress distressed disturb divest doubt
  doubtful downbeat downfall downgrade downside downsize downturn downward drag drain drawback dread drop drought
  dubious dump dwindle embargo embarrass embezzle emergency erode erosion error evade evict exacerbate exhaust exodus
  exploit expose expropriate extort fail failure fake falter fatal fatality fault faulty fear fee feud fine fire
  fiasco flaw flee flounder foreclose foreclosure forfeit forgery fragile frail fraud fraudulent freeze fright
  frustrate frustration fugitive gloom gloomy glut grave grievance grim gridlock groundless guilty halt hamper
  handicap harass hardship harm harmful harsh hazard hazardous headwind hemorrhage hinder hindrance hoax hostile
  hurdle hurt idle ignore ill illegal illicit illiquid imbalance impair impairment impasse impede impediment impose
  improper inability inadequate incapable incident incompetent inefficient ineffective inferior infringe injunction
  injure injury insecure insolvency insolvent instability insufficient insult interrupt interruption intimidate
  invalid investigate investigation irregular jail jeopardize jeopardy jitters kill lack lackluster lag lament lapse
  late launder lawsuit layoff leak liability limbo liquidate liquidation litigate litigation lockdown
  lose loss lost malfunction malicious manipulate mar meltdown menace misconduct mislead mismanage miss mistake
  mistrust misuse monopoly moratorium mothball murky negative neglect negligence nervous nuisance objection
  obsolete obstacle obstruct offend onerous oppose ordeal outage outbreak outcry outflow overdue overhang overload
  oversupply overvalue pandemic panic paralyze penalty peril perish persecute pessimism pessimistic pitfall plague
  plight plummet plunge poison poor postpone precarious precipitous predatory pressure problem problematic
  prosecute protest protract punish punitive quarrel quit ransom recall recession reckless redundancy refuse reject
  relinquish reluctance reluctant renege resign resignation restate restructure retaliate retaliation retreat revoke
  riot risky rout sabotage sanction scam scandal scarce scarcity scare scrap scrutiny selloff sever severe severely
  shock shortage shortfall shrink shutdown sink skeptical slash slide slip slow slowdown sluggish slump smuggle
  soften spoil squeeze stagnant stagnate stagnation stall standstill steal stifle stolen stoppage strain
  strand stress strife strike struggle stumble subdue subpoena sue suffer suspend suspension suspicious
  tamper tariff tension terminate termination terror terrorism theft threat threaten tighten toll topple torment
  toxic tragedy tragic trap trouble tumble tumult turbulence turbulent turmoil unable uncertain uncertainty
  uncollectible undercut underfund undermine underperform undue uneasy unemployment unfair unfavorable unfavourable
  unfit unforeseen unfortunate unhappy unlawful unpaid unpopular unprofitable unrest unsafe unsettle unsold unstable
  unsuccessful unsustainable untimely unwanted unwelcome upheaval upset urgent usurp vandalism victim violate
  violation violence violent volatile volatility vulnerable war warn warning waste weak weaken weaker weakness
  weigh withdraw withhold woe worry worse worsen worst worthless writedown writeoff wrong
`;

export const NEGATORS = `
  no not never none nobody nothing neither nor without hardly barely scarcely rarely seldom cannot lacks lacking
  avoid avoids avoided avoiding
`;
